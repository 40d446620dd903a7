"""What a record carries.  RFC 9846 section 5.1."""

from enum import IntEnum


class ContentType(IntEnum):  # section 5 [4]
    """The four content types; any other is refused with unexpected_message (section 5)."""

    CHANGE_CIPHER_SPEC = 20  # a relic that middleboxes like to see; carries no meaning
    ALERT = 21
    HANDSHAKE = 22
    APPLICATION_DATA = 23
