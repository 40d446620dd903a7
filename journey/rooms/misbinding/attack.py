"""In the room of misbinding: let the server take the client's words for one's own.

Mallory is an honest customer today: she has an account, and a key pair that goes with it.  She learns no
secret and changes no message.
"""

from journey.attacks import Attack, Evidence
from journey.credentials import Role
from journey.parties import Party
from journey.rooms.misbinding.channel import Channel, said_by
from journey.scene import Scene


def claim_the_words_of_another(scene: Scene) -> None:
    """Put her own key and signature in the place of the client's; then let everything pass."""
    own = scene.credentials.signing_key
    shares: list[bytes] = []

    def edit(sender: Role, fields: dict[str, bytes]) -> None:
        if "share" in fields:
            shares.append(fields["share"])  # the client's, then the server's
        elif sender == "client":
            scene.tell(
                "The server has proved who it is.  Now the client does; she does it in its place.  "
                "If the server believes it, then all that follows counts for her account."
            )
            scene.show_bytes("the client's key", fields["key"])
            fields["key"] = own.public_key().public_bytes_raw()
            fields["signature"] = own.sign(said_by("client", b"".join(shares)))
            scene.show_bytes("hers", fields["key"])

    cheque = scene.message(b"put this cheque into my account: ", scene.secret())
    with scene.connect(client=[cheque]) as link:
        link.handshake(edit)
        frame = link.client.receive()
        scene.show("what the client says; she cannot read it, and need not", frame)
        link.server.send(frame)


def words_count_for_another(evidence: Evidence) -> bool:
    """The server accepts what the client says, and takes it for the words of somebody else."""
    for link in evidence.links:
        client, server = link.parties["client"], link.parties["server"]
        if server.accepted and server.accepted == client.sent:
            return takes_for(client, server) and not takes_for(server, client)
    return False


def takes_for(party: Party, other: Party) -> bool:
    """Whether this is who the party believes is at the other end."""
    key = other._credentials.signing_key.public_key().public_bytes_raw()
    return isinstance(party.channel, Channel) and party.channel.peer_key == key


ATTACKS = (
    Attack(
        "claim the words of another",
        claim_the_words_of_another,
        words_count_for_another,
        wins=((0, 0),),
    ),
)
