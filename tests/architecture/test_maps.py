"""The maps are true: a package's docstring names its modules, and the pages name files that exist."""

import ast
import re
from pathlib import Path
from typing import get_args

import pytest

from handshake import effects

ROOT = Path(__file__).parents[2]
PACKAGES = ["purecrypto", "record", "x509", "handshake", "tls", "tls/tracing", "tls/captures", "tls/what_if"]
PAGES = ["README.md", "CONTRIBUTING.md", "SECURITY.md", "docs/architecture.md"]


def unnamed(package: Path) -> set[str]:
    """The modules of a package that its docstring does not name."""
    docstring = ast.get_docstring(ast.parse((package / "__init__.py").read_text(encoding="utf-8"))) or ""
    modules = {path.stem for path in package.glob("*.py")} - {"__init__", "__main__"}
    return modules - set(re.findall(r"\w+", docstring))


def backwards(package: Path) -> list[str]:
    """The imports that go against the reading order in which a package's docstring has its modules."""
    docstring = ast.get_docstring(ast.parse((package / "__init__.py").read_text(encoding="utf-8"))) or ""
    lines = docstring.partition("reading order")[2].splitlines()[1:]
    columns = [re.split(r"\s{3,}", line.strip())[0] for line in lines]  # the names, without what they are for
    order = [name for column in columns for name in re.findall(r"\w+", column)]
    found = []
    for number, module in enumerate(order):
        tree = ast.parse((package / f"{module}.py").read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and node.module:
                floor, _, inner = node.module.partition(".")
                used = [inner] if inner else [alias.name for alias in node.names]
                if floor == package.name:
                    found += [f"{module} uses {name}" for name in used if name not in order[:number]]
    return found


def missing(page: str, root: Path) -> list[str]:
    """The Python files that a page names and that are not there; a bare name is in the folder named last."""
    found, folder = [], ""
    for name in re.findall(r"`([\w/]+\.py)`", page):
        if "/" in name:
            folder = name.rpartition("/")[0]
        if not (root / folder / Path(name).name).is_file():
            found.append(name)
    return found


def unlinked(page: str, folder: Path) -> set[str]:
    """The pages of a folder that this page does not link."""
    return {path.name for path in folder.glob("*.md")} - set(re.findall(r"\]\(docs/([\w-]+\.md)", page))


def way_of_a_byte(page: str) -> set[str]:
    """The files that the rows of a page's tables name."""
    rows = "\n".join(line for line in page.splitlines() if line.startswith("|"))
    return {Path(name).name for name in re.findall(r"`([\w/]+\.py)`", rows)}


@pytest.mark.parametrize("package", PACKAGES)
def test_a_package_names_its_modules(package: str) -> None:
    assert unnamed(ROOT / package) == set()


def test_the_reading_order_of_x509_is_the_order_of_its_imports() -> None:
    assert backwards(ROOT / "x509") == []


@pytest.mark.parametrize("page", PAGES)
def test_a_page_names_files_that_exist(page: str) -> None:
    assert missing((ROOT / page).read_text(encoding="utf-8"), ROOT) == []


def test_the_architecture_names_every_effect() -> None:
    page = (ROOT / "docs/architecture.md").read_text(encoding="utf-8")
    table = page[page.index("| effect |") : page.index("The driver is")]
    assert [
        effect.__name__ for effect in get_args(effects.Effect) if f"`{effect.__name__}(" not in table
    ] == []


def test_the_readme_links_every_page() -> None:
    assert unlinked((ROOT / "README.md").read_text(encoding="utf-8"), ROOT / "docs") == set()


def test_the_way_of_a_byte_passes_through_the_handshake() -> None:
    page = (ROOT / "docs/architecture.md").read_text(encoding="utf-8")
    aside = {"__init__.py", "constants.py", "errors.py", "effects.py", "settings.py", "session.py"}
    assert {path.name for path in (ROOT / "handshake").glob("*.py")} - aside - way_of_a_byte(page) == set()


@pytest.mark.parametrize("page", ["README.md", "docs/architecture.md", "handshake/__init__.py"])
def test_the_marks_of_the_rules_are_explained(page: str) -> None:
    assert "is the third MUST or SHOULD of that section" in " ".join((ROOT / page).read_text("utf-8").split())


def test_a_module_that_is_not_named_is_seen(tmp_path: Path) -> None:
    (tmp_path / "__init__.py").write_text('"""named   a module"""', "utf-8")
    for module in ("named", "forgotten"):
        (tmp_path / f"{module}.py").touch()
    assert unnamed(tmp_path) == {"forgotten"}


def test_an_import_against_the_reading_order_is_seen(tmp_path: Path) -> None:
    package = tmp_path / "floor"
    package.mkdir()
    (package / "__init__.py").write_text(
        '"""The reading order:\n\n    first > second    words\n    third"""', "utf-8"
    )
    (package / "first.py").write_text("from floor import third", "utf-8")
    (package / "second.py").write_text("from below import third\nfrom floor.first import a", "utf-8")
    (package / "third.py").write_text("from floor import first\nfrom floor.unnamed import b", "utf-8")
    assert backwards(package) == ["first uses third", "third uses unnamed"]


def test_a_file_that_does_not_exist_is_seen(tmp_path: Path) -> None:
    (tmp_path / "here.py").touch()
    (tmp_path / "inside").mkdir()
    (tmp_path / "inside" / "there.py").touch()
    assert missing("`here.py`, `inside/there.py`, `there.py`", tmp_path) == []
    assert missing("`gone.py`, `inside/there.py`, `here.py`", tmp_path) == ["gone.py", "here.py"]


def test_a_page_that_is_not_linked_is_seen(tmp_path: Path) -> None:
    for name in ("a-page.md", "another.md", "picture.svg"):
        (tmp_path / name).touch()
    assert unlinked("[a page](docs/a-page.md#part), docs/another.md", tmp_path) == {"another.md"}


def test_only_rows_are_on_the_way() -> None:
    assert way_of_a_byte("`a.py`\n| 1 | `b/c.py`, `d.py` |") == {"c.py", "d.py"}
