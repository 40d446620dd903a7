"""`python -m tests.pkits`: docs/pkits.md, of NIST's test suite and what we say to it."""

from tests.pkits import page

if __name__ == "__main__":
    page.PAGE.write_text(page.write(), encoding="utf-8")
