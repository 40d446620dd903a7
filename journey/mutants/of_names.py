"""Mutants of names: the one that was asked for, and those that an authority may vouch for."""

from dataclasses import replace

from journey import forgeries
from journey.mutants import of_certificates
from journey.mutants.stage import Stage
from journey.mutants.surgery import changed, without
from journey.mutants.trial import TOP, Kind, Mutant, on
from purecrypto.ed25519 import Ed25519PrivateKey
from x509 import (
    encoding,
    issue,
    name_constraints,
    names,
    oids,
    rules,
)
from x509.issue import Authority


def an_excluded_name(stage: Stage) -> str:
    below_a_fence(stage, forgeries.name_constraints(excluded=[stage.name]), forgeries.dns_names(stage.name))
    return f"an authority that may sign for all but {stage.name} has signed for {stage.name}"


def a_wildcard_over_the_fence(stage: Stage) -> str:
    stage = replace(stage, name=f"www.{stage.name}")
    wildcard = stage.name.replace("www", "*", 1)
    below_a_fence(stage, forgeries.name_constraints(excluded=[stage.name]), forgeries.dns_names(wildcard))
    return f"an authority that may not sign for {stage.name} has signed for {wildcard}"


def a_form_that_nobody_compares(stage: Stage) -> str:
    number = encoding.implicit(8, b"\x2a\x03")  # registeredID 1.2.3
    excluded = encoding.sequence(encoding.explicit(1, encoding.sequence(number)))
    alternatives = encoding.sequence(encoding.implicit(2, stage.name.encode()), number)
    below_a_fence(
        stage,
        issue.extension(oids.NAME_CONSTRAINTS, excluded, critical=True),
        issue.extension(oids.SUBJECT_ALTERNATIVE_NAME, alternatives),
    )
    return "an authority has signed for a registered number that it may not sign for"


def names_without_end(stage: Stage) -> str:
    half = [f"{number}.example" for number in range(600)]
    below_a_fence(
        stage, forgeries.name_constraints(excluded=half), forgeries.dns_names(stage.name, *(["a.a"] * 500))
    )
    return "the client compares 501 names with 600 domains"


def below_a_fence(stage: Stage, fence: bytes, alternative_names: bytes) -> None:
    """Show a certificate with these names, by an authority with these limits."""
    key = Ed25519PrivateKey.generate()
    says = [forgeries.basic_constraints(is_authority=True), fence]
    below = forgeries.signed(stage.certifier.root, "Fenced Authority", key, says)
    of_certificates.shown(
        stage, forgeries.signed(Authority(below, key), "a server", stage.key, [alternative_names]), below
    )


def a_wildcard_for_two_labels(stage: Stage) -> str:
    wildcard = f"*.{stage.name}"
    stage = replace(stage, name=f"www.shop.{stage.name}")
    of_certificates.shown(
        stage,
        *forgeries.signed_by_the_clerk(stage.certifier, wildcard, stage.key, [forgeries.dns_names(wildcard)]),
    )
    return f"a certificate for {wildcard} is believed of {stage.name}"


MUTANTS = (
    Mutant(
        "host name",
        "RFC 9525 6",
        (without(names.verify_name, "if not matches:"),),
        Kind.ATTACK,
        on(TOP, "another site's certificate"),
    ),
    Mutant(
        "wildcard of a top-level domain",
        "our own rule",
        (changed(names._dns_name_matches, {'domain.count(".") >= 1 and ': ""}),),
        Kind.ATTACK,
        on(TOP, forgeries.A_WILDCARD_FOR_ALL.name),
    ),
    Mutant(
        "wildcard for one label",
        "RFC 9525 6.3",
        (
            changed(
                names._dns_name_matches,
                {'domain == wanted.partition(".")[2]': 'wanted.endswith("." + domain)'},
            ),
        ),
        Kind.HOSTILE_PEER,
        a_wildcard_for_two_labels,
    ),
    Mutant(
        "a name to its end",  # compared as C compares: up to the first NUL
        "RFC 9525 6.3",
        (changed(names._dns_name_matches, {"presented.lower()": 'presented.lower().partition("\\0")[0]'}),),
        Kind.ATTACK,
        on(TOP, forgeries.A_NUL_IN_THE_NAME.name),
    ),
    Mutant(
        "name constraints",
        "RFC 5280 4.2.1.10",
        (without(rules.check_name_constraints, "if position == 0 or not certificate.is_self_issued:"),),
        Kind.ATTACK,
        on(TOP, forgeries.OUTSIDE_THE_FENCE.name),
    ),
    Mutant(
        "names that are excluded",
        "RFC 5280 4.2.1.10",
        (
            without(
                name_constraints.check,
                "if any(_lies_in(name, top, excluded=True) for top in "
                "_of_form(name.form, constraints.excluded)):",
            ),
        ),
        Kind.HOSTILE_PEER,
        an_excluded_name,
    ),
    Mutant(
        "a wildcard for a name that is excluded",
        "RFC 5280 4.2.1.10",
        (
            without(
                name_constraints._lies_in,
                'if excluded and host.startswith("*.") and host[2:] == domain.lstrip(".").partition(".")[2]:',
            ),
        ),
        Kind.HOSTILE_PEER,
        a_wildcard_over_the_fence,
    ),
    Mutant(
        "constraints that are not understood",
        "RFC 5280 4.2.1.10",
        (
            without(
                name_constraints._lies_in,
                'raise UnsupportedCertificate(f"nameConstraints for a {name.form.name} are not understood")',
            ),
        ),
        Kind.HOSTILE_PEER,
        a_form_that_nobody_compares,
    ),
    Mutant(
        "number of names compared",
        "our own limit",
        (without(name_constraints.Budget.spend, "if comparisons > self._left:"),),
        Kind.HOSTILE_PEER,
        names_without_end,
    ),
)
