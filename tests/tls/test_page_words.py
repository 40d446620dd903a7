"""Words about things that exist, and attacks that end where they are said to end."""

from handshake import extension_blocks
from handshake.constants import ExtensionType, NamedGroup
from handshake.extension_blocks import Place
from handshake.groups import GROUPS
from journey import ladder
from purecrypto import ml_kem, polynomials
from purecrypto.ml_kem import MLKEM768PrivateKey
from purecrypto.polynomials import q
from tls.tracing import annotations, elsewhere, page_words
from tls.tracing.annotations import CERTIFICATE, EXTENSIONS, FIELDS, MESSAGES, SECRETS

RECORDS = {"nonce", "sequence_number", "tag", "padding", "change_cipher_spec", "alert"}


def test_every_name_is_one_that_the_code_uses() -> None:
    known = {
        *MESSAGES,
        *FIELDS,
        *EXTENSIONS,
        *SECRETS,
        *CERTIFICATE,
        *RECORDS,
        *elsewhere.NAMES[ExtensionType].values(),
        "GREASE",
    }
    in_certificates = {f"tbsCertificate.{name}" for name in CERTIFICATE}
    assert page_words.WHY.keys() - known - in_certificates == set()
    assert page_words.STOPS.keys() - known == set()


def test_what_means_another_thing_in_a_certificate_is_told_there() -> None:
    elsewhere_too = CERTIFICATE.keys() & (FIELDS.keys() | EXTENSIONS.keys())
    assert elsewhere_too == {"signature", "extensions"}
    for name in elsewhere_too:
        assert page_words.name_at(f"certificate.tbsCertificate.{name}") == f"tbsCertificate.{name}"
        assert page_words.name_at(f"certificate_verify.{name}") == name


SAYS_BOTH = {  # what is said by either end, and the word for that of the other end
    "server_name": ("answer", "answers"),
    "supported_versions": ("really negotiated", "chosen"),
    "supported_groups": ("", "the sender's preference"),
    "signature_algorithms": ("the sender can verify", "the sender"),
    "key_share": ("", "HelloRetryRequest"),
    "pre_shared_key": ("both sides", "the server's answer"),
    "status_request": ("", "Beside a certificate"),
}


def test_what_either_end_says_is_told_of_both() -> None:
    senders: dict[int, set[bool]] = {}
    for place, extension_type in extension_blocks._READERS:
        senders.setdefault(extension_type, set()).add(place is Place.CH)
    of_both = {ExtensionType(number).name.lower() for number, whose in senders.items() if len(whose) == 2}
    assert SAYS_BOTH.keys() <= of_both
    for name, (in_a_line, in_a_paragraph) in SAYS_BOTH.items():
        assert in_a_line in EXTENSIONS[name][1]
        assert in_a_paragraph in page_words.WHY[name]


def test_a_certificate_may_be_a_clients() -> None:
    assert "in a server's, one has to be the host's" in CERTIFICATE["SubjectAltName"][1]
    assert "the host that you asked for is not in the server's" in page_words.WHY["SubjectAltName"]


def test_where_there_is_a_reason_for_compression_it_is_said_that_there_is_none_here() -> None:
    assert ExtensionType.COMPRESS_CERTIFICATE not in {kind for _, kind in extension_blocks._READERS}
    assert EXTENSIONS["compress_certificate"][1].endswith("this stack packs none")


def test_every_message_is_explained() -> None:
    assert annotations.MESSAGES.keys() - page_words.WHY.keys() == set()


def test_a_key_exchange_need_not_be_diffie_hellman() -> None:
    """A browser's first share is not, and the words stand above all shares."""
    assert any(group.post_quantum for group in GROUPS.values())
    for name in ("key_exchange", "handshake_secret"):
        assert "hybrid" in page_words.WHY[name]


def test_every_attack_ends_on_its_rung() -> None:
    attacks = {attack.name: attack for rung in ladder.rungs() for attack in rung.attacks}
    for attack, rung in page_words.STOPS.values():
        if isinstance(rung, int):
            assert attacks[attack].wins_on(rung - 1), attack
            assert not attacks[attack].wins_on(rung), attack


def test_every_attack_in_a_side_room_wins_on_its_first_variant_and_not_on_the_last() -> None:
    stops = [stop for stop in page_words.STOPS.values() if isinstance(stop.where, str)]
    assert stops
    for attack, room in stops:
        variants = ladder.room(str(room))
        (shown,) = (a for a in variants[0].attacks if a.name == attack)
        assert shown.wins_on(variants[0].number), attack
        assert not shown.wins_on(variants[-1].number), attack


def test_the_first_name_that_is_known_decides() -> None:
    assert page_words.why("nobody", "random") == page_words.WHY["random"]
    assert page_words.why("nobody") == ""
    assert page_words.stop("nobody", "tag") == page_words.STOPS["tag"]
    assert page_words.stop("nobody") is None


def test_the_secret_of_the_hybrid_has_its_halves_in_the_order_that_is_told() -> None:
    hybrid = GROUPS[NamedGroup.X25519MLKEM768]
    private_key = bytes(range(96))
    answer, secret = hybrid.answer(private_key, hybrid.begin(private_key).share)
    first = MLKEM768PrivateKey(private_key[:64]).decapsulate(answer[:1088])
    told = f"{len(secret)} bytes, ML-KEM's {len(first)} and then X25519's."
    assert secret.startswith(first)
    assert told in page_words.WHY["handshake_secret"]


def test_the_matrix_that_is_not_sent_has_as_many_bytes_as_are_told() -> None:
    matrix, _ = ml_kem.sample_matrix(bytes(32))
    size = sum(len(ml_kem.encode_vector(row)) for row in matrix)
    assert f"{size:,} bytes need not be sent" in page_words.WHY["rho"]


def test_u_is_made_of_the_transposed_matrix() -> None:
    key, r = ml_kem.key_gen_internal(bytes(32), bytes(32)).encryption_key, bytes(range(32))
    y_hat = [polynomials.wide_ntt(y) for y in ml_kem.sample_noise(r, 3)]
    u = polynomials.decompress(
        polynomials.wide_byte_decode(ml_kem.kpke_encrypt(key, bytes(32), r)[:320], 10), 10
    )

    def distance(row: ml_kem.Vector) -> int:
        (product,) = polynomials.multiply_rows([row], y_hat)
        off = polynomials.subtract(u, polynomials.wide_inverse_ntt(product))
        return max(abs((x + q // 2) % q - q // 2) for x in off)

    column = [row[0] for row in key.A_hat]
    assert distance(column) <= 4 < distance(key.A_hat[0])  # an error of 2, and 2 from rounding
    assert annotations.FIELDS["u"][1].startswith("ML-KEM: A transposed")
    assert "A, with rows and columns exchanged" in page_words.WHY["u"]


def test_not_every_key_exchange_is_on_a_curve() -> None:
    assert page_words.WHY["key_exchange"].startswith("With a curve, ")
