"""Against rung 17: read in the certificate who is being visited; and one that leads the new search astray."""

import functools
from collections.abc import Iterator

from journey import forgeries
from journey.attacks import Attack, reads_a_secret
from journey.s16_certificates import attack as a16
from journey.scene import Scene
from x509.certificate import Certificate
from x509.errors import MalformedCertificate

SEQUENCE_OF_HUNDREDS = b"\x30\x82"  # a DER sequence whose length takes two bytes: so certificates begin


def read_the_certificate(scene: Scene) -> None:
    """Only listen, and look for certificates in what goes by."""
    visited = scene.visited()
    with scene.connect() as link:
        frames = link.handshake()
    for frame in frames:
        for certificate in certificates(frame):
            scene.show_bytes("a certificate goes by", certificate.der)
            names = certificate.extensions.subject_alternative_name
            if names is not None:
                scene.tell(f"It says for whom it is: {names.dns_names[0]}.  She notes who called, and when.")
                scene.claim(visited, names.dns_names[0].encode())
                return
    scene.tell("No certificate goes by that could be read.")


def certificates(frame: bytes) -> Iterator[Certificate]:
    """Every certificate that stands in the clear somewhere in a frame."""
    start = frame.find(SEQUENCE_OF_HUNDREDS)
    while start >= 0:
        stop = start + 4 + int.from_bytes(frame[start + 2 : start + 4], "big")
        try:
            yield Certificate.from_der(frame[start:stop])
        except MalformedCertificate:
            pass
        start = frame.find(SEQUENCE_OF_HUNDREDS, start + 1)


ATTACKS = (
    Attack(
        forgeries.A_CIRCLE.name,
        functools.partial(a16.show_a_forgery, forgeries.A_CIRCLE),
        reads_a_secret,
        wins=(),
        needs=(a16.CERTIFICATES,),
    ),
    Attack(
        "read the certificate",
        read_the_certificate,
        reads_a_secret,
        wins=((16, 17),),
        needs=(a16.CERTIFICATES,),
    ),
)
