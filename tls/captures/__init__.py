"""Captures of connections: ours written for Wireshark, and anybody's taken apart.

pcapng_file     whole connections for Wireshark, in the format of `pcapng`
capture         such files read back, down to `segments` of TCP, which `streams` puts together again
tcpip           packets made up around what is said, for `pcapng_file`
eavesdropper    what can be heard of such a connection with a key log, whose `blind_schedule` knows no more;
                `side` is what it keeps of each end
wiretap         all of that from file to connections; `wiretap_view` draws it
explain         the command of that name: a capture and a key log in, the drawing, JSON or a page out
"""
