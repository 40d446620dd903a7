"""The two ways in which something stops on the journey."""


class Refused(Exception):
    """An honest party does not believe what it has received; the message says why."""


class EndOfStream(Exception):
    """Nothing more will come: the other side has closed the wire."""
