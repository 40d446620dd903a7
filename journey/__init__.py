"""The journey: build the wrong channel, break it, repair it, until it is TLS.

    sNN_name/   a rung of the ladder: channel.py is the protocol, attack.py breaks it, README.md explains both
    rooms/      side rooms: a mistake that has no rung of its own

What holds them together, in the order in which it is worth reading:

    wire layout credentials      what a rung is built on; `certifier` gives certificates, from rung 16 on,
                                 and `forgeries` those that nobody should have signed
    scene parties                what an attack can see and do
    attacks                      what an attack declares, and the goals that it can have
    referee                      who holds the secrets, runs the parties and decides
    ladder matrix                all rungs; every attack against every rung
    readme                       the part of a README that is computed
    tcp pcap terminals           the same over real sockets, for Wireshark, in three terminals
    narration __main__           what a person sees
"""
