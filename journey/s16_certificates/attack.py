"""Against rung 16: certificates that bear a good signature, and should not have been believed."""

import functools

from journey import forgeries
from journey.attacks import Attack, a_constant, reads_a_secret
from journey.certifier import Chain
from journey.forgeries import Forgery
from journey.scene import Scene
from purecrypto.ed25519 import Ed25519PrivateKey
from x509 import issue
from x509.issue import Authority

LOGIN = b"it is me; my password is "


def show_another_sites_certificate(scene: Scene) -> None:
    """Show an honest certificate, for a name that the client did not ask for."""
    scene.tell("She has a site of her own, mallory.example, and an honest certificate for it.")
    answer_the_client(scene, scene.credentials.honest_chain(), scene.credentials.signing_key)


def show_an_expired_certificate(scene: Scene) -> None:
    """Show a certificate of another year, whose key was found on an old disk."""
    scene.tell(
        "At a flea market she finds an old disk of the server's, with a key that was retired long ago."
    )
    key = scene.reveal("retired_key", of="server")
    answer_the_client(scene, scene.credentials.retired_chain(), key)


def pose_as_an_authority(scene: Scene) -> None:
    """Sign a certificate with the key of a certificate that was never meant for that."""
    own, *above = scene.credentials.honest_chain()
    key = scene.credentials.signing_key
    forged = issue.issue_certificate(
        Authority(own, key),
        scene.credentials.server_name,
        key.public_key(),
        serial_number=4,
        not_before=own.not_before,
        not_after=own.not_after,
        dns_names=[scene.credentials.server_name],
    )
    scene.tell(
        f"She issues a certificate for {scene.credentials.server_name}, signed with her own key, and shows "
        f"{1 + 1 + len(above)} certificates: it, her own for mallory.example, and the one above that."
    )
    answer_the_client(scene, (forged, own, *above), key)


def show_a_forgery(forgery: Forgery, scene: Scene) -> None:
    """Show certificates that somebody has signed who had the power to, and not the right."""
    scene.tell(forgery.story)
    chain = scene.credentials.forged_chain(forgery)
    names = chain[0].extensions.subject_alternative_name
    if names is not None:
        scene.show_bytes("for whom the certificate is", names.dns_names[0].encode())
    answer_the_client(scene, chain, scene.credentials.signing_key)


def answer_the_client(scene: Scene, chain: Chain, key: Ed25519PrivateKey) -> None:
    """Be the server, with this to show: does the client tell its password?"""
    password = scene.secret()
    with scene.connect(client=[scene.message(LOGIN, password)], server=None) as link:
        channel = scene.open(link.client, "server", certificate_chain=lambda: chain, signing_key=key)
        message = channel.receive()
        scene.show_bytes("what the client tells her", message)
        scene.claim(password, message.removeprefix(LOGIN))


CERTIFICATES = a_constant("CERTIFICATES", "certificates")

ATTACKS = (
    Attack(
        "another site's certificate",
        show_another_sites_certificate,
        reads_a_secret,
        wins=((16, 16),),
        needs=(CERTIFICATES,),
    ),
    Attack(
        "an expired certificate",
        show_an_expired_certificate,
        reads_a_secret,
        wins=((16, 16),),
        needs=(CERTIFICATES,),
        reveals=("retired_key",),
    ),
    Attack(
        "pose as an authority", pose_as_an_authority, reads_a_secret, wins=((16, 16),), needs=(CERTIFICATES,)
    ),
    *(
        Attack(
            forgery.name,
            functools.partial(show_a_forgery, forgery),
            reads_a_secret,
            wins=((16, 16),),
            needs=(CERTIFICATES,),
        )
        for forgery in forgeries.SIGNED_BY_OTHERS
    ),
)
