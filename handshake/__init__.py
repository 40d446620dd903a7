"""The handshake: what is said, what follows from it, and the two stories.  RFC 9846 sections 4 and 7.

client server                           the two stories: read these first

What they are made of, from the bottom up.  A comment's section may have a number in brackets: 3 is the third
MUST or SHOULD of that section; docs/compliance.md lists them all.

constants codec                         numbers and fields: the presentation language
extensions psk_extensions               bytes to frozen dataclasses and back
certificate_extensions
extension_blocks messages
message_buffer                          whole messages out of records
suites groups signatures                the algorithms behind the numbers
conversation transcript                 what was said so far
derivation key_schedule                 the keys that follow from it, one step and all of them
certified_keys pre_shared_keys          who one is, and to whom; what both knew before
settings effects                        what a story is given, and what it asks of its driver
client_offer server_choice              what a client offers, and what a server makes of it
server_answer                           what the client makes of the server's answer
authentication                          how either proves who it is, and how that is verified
session                                 what a finished handshake leaves behind
resumption                              what either side remembers for the next one
tickets                                 the same, sealed, as the client carries it
anti_replay                             early data, taken only once
errors                                  what can go wrong, and the alert that answers it
"""
