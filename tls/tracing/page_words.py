"""What the page about a connection says in whole sentences: why each thing is there, and what it stops.

`annotations` has one line for every name; here are paragraphs for those that deserve one, by the same names:
of messages, of fields and extensions, of labels in the key schedule, of what is in a record.  A name that
means another thing in a certificate stands there with what it is in: "tbsCertificate.signature".

`STOPS` names the attack of the journey that ends with a thing, and where it does: `python -m journey 12`.

Tested by      tests/tls/test_page_words.py: every name is one that the code uses, every attack ends there
"""

from typing import NamedTuple


class Stop(NamedTuple):
    """An attack of the journey, and the first rung on which it fails, or the side room in which it does."""

    attack: str
    where: int | str

    @property
    def place(self) -> str:
        on_a_rung = isinstance(self.where, int)
        return f"from rung {self.where} of the journey on" if on_a_rung else "in a side room of the journey"

    @property
    def command(self) -> str:
        """What one types to see it."""
        return f"python -m journey {'' if isinstance(self.where, int) else 'room '}{self.where}"


WHY = {
    # Messages
    "ClientHello": "The client speaks first and has to guess: which versions, ciphers and groups the "
    "server knows. So it offers everything at once, and it already adds its half of the key exchange "
    "for the groups it thinks likely. If the guess is right, the server can encrypt its very next "
    "message.",
    "ServerHello": "The server picks one of each offer and adds its own half of the key exchange. From "
    "here on both ends can compute the same secret, and nobody who only listened can. It is the last "
    "message in the clear.",
    "HelloRetryRequest": "The client guessed wrong: none of its key shares is for a group that the "
    "server wants. It costs a round trip. On the wire this is a ServerHello whose random is a fixed "
    "value, because middleboxes would not let a new kind of message pass.",
    "EncryptedExtensions": "Answers that nobody but the client needs to see. In TLS 1.2 they were "
    "readable for everyone on the way; here they are the first bytes under the handshake keys.",
    "CertificateRequest": "Most servers do not care who you are. This one asks for a certificate, and "
    "says which signatures it can check.",
    "Certificate": "A claim, not yet a proof: certificates are public, and anybody can send this one. "
    "The proof is the message that follows.",
    "CertificateVerify": "The proof. Only who has the private key of the certificate can make this "
    "signature, and it covers everything that was said, the fresh randoms and key shares included. So "
    "it cannot be taken from another connection, and it cannot be put into this one.",
    "Finished": "A MAC over every message so far, under a key that only the two ends can have. If "
    "anybody on the way has changed one bit of the conversation, even of the part that was in the "
    "clear, the two ends have heard different things, and this does not match.",
    "EndOfEarlyData": "The client says that its early data is over. What follows is under keys to "
    "which the server has contributed, and which nobody can replay.",
    "NewSessionTicket": "For the next time. Who shows the ticket and knows the key that belongs to it "
    "needs no certificate and no signature: both ends are who they were.",
    "KeyUpdate": "Keys wear out, and who steals one later should not read what went before. After this "
    "message its sender uses the next generation, made from the last one in a way that cannot be "
    "turned back.",
    # Fields and extensions
    "random": "32 bytes that nobody has seen before. They go into the transcript, and from there into "
    "every key: two connections never have the same keys, even if everything else in them is the same. "
    "So a recording of an old connection is worthless against a new one.",
    "legacy_version": "Versions were once negotiated here, and too many servers broke on a number they "
    "did not know. So the field is frozen at TLS 1.2 for ever, and the truth is in supported_versions.",
    "legacy_session_id": "TLS 1.3 has no use for it. Many clients send 32 random bytes all the same, "
    "so that middleboxes see what looks like the resumption of a TLS 1.2 session, and let it pass.",
    "cipher_suites": "In TLS 1.3 a suite is only an AEAD, for the records, and a hash, for the keys. "
    "Key exchange and signatures are chosen separately, so five suites are enough where TLS 1.2 had "
    "hundreds.",
    "cipher_suite": "It has to be one that was offered. A man in the middle who has struck the better "
    "ones from the list is found out by Finished.",
    "legacy_compression_methods": "If an attacker can have a text of his choice compressed together "
    "with a secret, the length tells him how much the two have in common. CRIME read cookies that way "
    "in 2012; since then TLS does not compress.",
    "server_name": "One address can have many sites, and the server has to know whose certificate to "
    "show before there is any key. So the name is in the clear, and everybody on the way can read "
    "where you go. Encrypted Client Hello is the repair; this stack does not have it yet. A server "
    "answers with nothing in it: the name was of use.",
    "supported_versions": "The versions that the client really speaks; in the answer, the one that the "
    "server has chosen. A server that only knows TLS 1.2 has never heard of this extension and steps over "
    "it, which is just what it should do.",
    "supported_groups": "Curves and, of late, lattices in which a secret can be agreed on. The order "
    "is the sender's preference. For some of them a client has a key share ready; a server says which "
    "it would have liked, for the next time.",
    "signature_algorithms": "The other end may only sign in ways that the sender of this can check. Weak "
    "ones like PKCS #1 with SHA-1 stand here for certificates alone, if at all.",
    "key_share": "A public value of a key pair that was made a moment ago for this connection, and "
    "will be forgotten with it. The two public values cross in the clear; the secret that both ends "
    "compute from them does not. Who steals the server's long-lived key next year still cannot read "
    "today's traffic. A HelloRetryRequest only names the group for which the server wants one.",
    "key_exchange": "With a curve, each end multiplies the other's public value by its own private one, "
    "and both arrive at the same point. To find it from the two public values alone is what nobody knows "
    "how to do. In a hybrid group the curve's value stands behind one of ML-KEM: a key from the client, "
    "and from the server a secret that is encrypted to it.",
    "t_hat": "The public key of ML-KEM-768, which is made of lattices: three polynomials of 256 "
    "coefficients below 3329, twelve bits each. They are A times a small secret, plus a small error, and "
    "without the error whoever solves linear equations finds the secret. With it nobody knows how, with "
    "a quantum computer or without. A recording made today stays closed even when one is built. The hat "
    "says that all this is sent in a form in which products are quick, as after a Fourier transform.",
    "rho": "From these 32 random bytes both ends compute the matrix A, nine polynomials, by hashing. So "
    "3,456 bytes need not be sent; and nobody could hide anything in a matrix that is made in the open.",
    "x25519": "The classical half, as it is alone in the group of that name. The key schedule takes both "
    "secrets, one behind the other: who wants to read the conversation has to break the old mathematics "
    "and the new. The new is young, and it may still have a hole.",
    "u": "The server has chosen 32 bytes and encrypted them to the client's ML-KEM key; this is the first "
    "part. It is A, with rows and columns exchanged, times another small secret, plus another error, and "
    "rounded: ten bits of each coefficient are enough. A hash of the 32 bytes is the secret of both.",
    "v": "The second part: t_hat times the server's small secret, plus an error, plus the message, whose "
    "bits are so large that the errors do not reach them. Only four bits of each coefficient are sent. "
    "Whoever changes a bit of it gets no answer from which to learn: the client computes some other "
    "secret, and the next record does not open.",
    "application_layer_protocol_negotiation": "What will be spoken inside: HTTP/1.1, HTTP/2 or "
    "anything else. Settling it here saves a round trip. And because the certificate is for a name and "
    "not for a protocol, it keeps a message for one protocol from being passed to the server of "
    "another.",
    "psk_key_exchange_modes": "Whether the client wants a fresh key exchange even when it resumes a "
    "session. With one, old traffic stays secret even if the ticket's key is lost.",
    "pre_shared_key": "Tickets from earlier connections, or keys agreed on in some other way. In a "
    "ClientHello it stands last, because each binder at its end covers all that is before; the server's "
    "answer has the number of the one that it takes.",
    "binders": "Without them an attacker could show a stolen ticket together with somebody else's "
    "hello. A binder is a MAC over this very hello, under the ticket's key.",
    "early_data": "A request in the first flight, before the handshake: no round trip at all. The "
    "price is that an attacker can record it and have it arrive once more, because the server has not "
    "said anything fresh yet. It is for requests that may safely be repeated.",
    "cookie": "A server under attack need not remember everyone who says hello. It gives its state to "
    "the client, who shows with it that it can receive at its address.",
    "obfuscated_ticket_age": "How old the ticket is, so that the server can tell a fresh hello from a "
    "replayed one; hidden by an addition, so that a listener cannot link two connections by it.",
    "extensions": "Everything that TLS has learnt since 1999 is an extension: a type, a length and a "
    "body. Who does not know the type steps over it.",
    "status_request": "The client asks the server to bring proof that its certificate has not been "
    "revoked, so that the client need not tell the authority which sites it visits. Beside a "
    "certificate it is that proof.",
    "compress_certificate": "Certificates are large and compress well, and they hold nothing secret: "
    "here compression is safe.",
    "encrypted_client_hello": "Either a whole ClientHello under a key that the server has published, "
    "or, where the client knows no such key, random bytes that look like one, so that the real ones do "
    "not stand out.",
    "signed_certificate_timestamp": "The client wants to see that the certificate is in a public log, "
    "so that none can be issued in secret.",
    "renegotiation_info": "A scar of TLS 1.2, where a session could be joined to an attacker's by "
    "negotiating again. TLS 1.3 cannot renegotiate; clients still send it for old servers.",
    "extended_master_secret": "Another scar: in TLS 1.2 two sessions could end up with the same keys. "
    "In TLS 1.3 every key depends on the whole transcript anyway.",
    "record_size_limit": "A small device cannot hold 16 KiB at once, and must not act on the beginning "
    "of a record before its tag has been checked at the end.",
    "GREASE": "A number that means nothing, picked anew for each connection. Implementations that "
    "choke on what they do not know are found at once, so the protocol can still change tomorrow.",
    "signature": "Signed are 64 spaces, the words “TLS 1.3, server CertificateVerify” or the client's, "
    "a zero, and the transcript hash. The spaces and words keep the signature from being of use "
    "anywhere else.",
    "verify_data": "HMAC under the finished key over the hash of everything before. Anyone can compute "
    "the hash; only the two ends have the key.",
    "cert_data": "X.509, as in 1988, in DER. It is opened below, down to its last byte.",
    "ticket": "For the client it is a sealed envelope: whoever made it can open it, or look it up. "
    "What is inside stands for the whole session.",
    "ticket_age_add": "A random number that hides the ticket's age when it is used, so that nobody can "
    "link two connections.",
    # Secrets, by label or name
    "early_secret": "The schedule begins with what both ends knew before they met. Without a "
    "pre-shared key that is nothing, and zeros stand in its place: the value is the same in every such "
    "connection of the world.",
    "handshake_secret": "Here the shared secret of the key exchange comes in. HKDF-Extract turns a "
    "point on a curve, which is not evenly distributed, into bytes that are. A hybrid has two secrets, "
    "and both are hashed: X25519MLKEM768 has 64 bytes, ML-KEM's 32 and then X25519's.",
    "main_secret": "Nothing new comes in any more, but zeros. It is a step of its own so that keys of "
    "the handshake can be lost without those of the data.",
    "derived": "Extract is salted with the stage before. Deriving first keeps the two uses of that "
    "secret apart, so that a proof of security can treat each for itself.",
    "c hs traffic": "Each direction has a secret of its own. If both used one key, a record could be "
    "sent back to its sender, and would open.",
    "s hs traffic": "Everything the server says from here on is hidden, its certificate included: who "
    "listens does not learn whom you talk to from that.",
    "c ap traffic": "It depends on the transcript up to the server's Finished: who has been told "
    "another conversation arrives at other keys.",
    "s ap traffic": "The server can use it at once, before the client's Finished has come: half a "
    "round trip is saved.",
    "exp master": "Protocols above TLS take keys of their own from here, and so bind themselves to "
    "this very connection.",
    "res master": "It covers the client's Finished as well, so a resumed session inherits everything "
    "that was proved here.",
    "finished": "A key for one MAC and nothing else. It cannot be mistaken for a key of records, since "
    "its label is another.",
    "key": "What the AEAD takes. The label keeps it apart from the iv and from all else that this "
    "secret is asked for.",
    "iv": "It is not secret by need, but it makes the nonces of two connections differ, which makes an "
    "attack on many connections at once more expensive.",
    "traffic upd": "One step forward, and no step back: who has this secret cannot compute the one before.",
    # Records
    "nonce": "An AEAD must never see the same nonce twice under one key: two texts under one keystream "
    "can be subtracted from each other. Counting is the simplest way to be sure, so the nonce is the "
    "iv XOR the number of the record.",
    "sequence_number": "Both ends count; nobody sends the number. A record that was dropped, repeated "
    "or moved is opened under the wrong nonce, and does not open.",
    "tag": "16 bytes that only the key can make, over the ciphertext and the header. Nothing is "
    "decrypted for the application before it has been checked.",
    "padding": "Encryption hides what is said, but not how much. Zeros after the content can hide that "
    "too, at a price that most do not pay.",
    "change_cipher_spec": "In TLS 1.2 this said: encrypted from here on. In TLS 1.3 it says nothing; "
    "it is there for middleboxes that would be suspicious without.",
    "alert": "close_notify is the polite end: all has been said. Without it an attacker could cut the "
    "connection in the middle of a sentence, and it would look complete. Nearly every other alert says "
    "what went wrong, and is the end at once.",
    # Certificates
    "tbsCertificate": "All that the authority vouches for. It signs exactly these bytes, so they must "
    "never be written again in a slightly different way: that is why DER allows only one.",
    "validity": "A certificate is a promise with an end. Lost keys, sold names and weak algorithms are "
    "forgotten by waiting.",
    "SubjectAltName": "The only names that count. If the host that you asked for is not in the server's, "
    "the certificate is somebody else's, however good its signature. What the names in a client's are good "
    "for, the server decides.",
    "BasicConstraints": "Without this everybody with a certificate for his own site could issue one "
    "for yours. Browsers really did forget to look, in 2002.",
    "KeyUsage": "A key that signs handshakes need not sign certificates, and must not.",
    "subjectPublicKeyInfo": "The key that CertificateVerify is checked with. The whole certificate "
    "exists to tie these bytes to the names.",
    "signatureValue": "The authority's signature over tbsCertificate. It is checked with the next key "
    "of the chain, and so on, up to one that the client had before.",
    "tbsCertificate.signature": "It has to be the same as signatureAlgorithm, at the end of the certificate. "
    "What stands there is not signed, and what stands here is: so nobody on the way can have the "
    "signature checked by another algorithm than the authority meant.",
    "tbsCertificate.extensions": "Each has a name, a value, and perhaps the mark that it is critical. Who "
    "does not know a critical one has to refuse the certificate; any other may be stepped over.",
    "serialNumber": "Random, and long enough that nobody can foretell it: in 2008 a forged authority "
    "was made because serial numbers counted up and MD5 was broken.",
}

STOPS = {
    "random": Stop("repeat a connection", 8),
    "key_share": Stop("open a recording", 9),
    "supported_groups": Stop("solve the logarithm", 10),
    "key_exchange": Stop("send degenerate shares", 11),
    "t_hat": Stop("wait for a quantum computer", "recording_that_waits"),
    "u": Stop("wait for a quantum computer", "recording_that_waits"),
    "CertificateVerify": Stop("sit in the middle", 12),
    "signature": Stop("replay a signature", 13),
    "Finished": Stop("downgrade the cipher", 14),
    "verify_data": Stop("downgrade the cipher", 14),
    "Certificate": Stop("meet the client first", 16),
    "SubjectAltName": Stop("another site's certificate", 17),
    "validity": Stop("an expired certificate", 17),
    "BasicConstraints": Stop("pose as an authority", 17),
    "EncryptedExtensions": Stop("read the certificate", 18),
    "s hs traffic": Stop("read the certificate", 18),
    "c hs traffic": Stop("reflect a message", 6),
    "c ap traffic": Stop("reflect a message", 6),
    "alert": Stop("cut the end", 19),
    "KeyUpdate": Stop("open the past", 20),
    "traffic upd": Stop("open the past", 20),
    "nonce": Stop("reuse the keystream", 2),
    "sequence_number": Stop("replay a record", 5),
    "tag": Stop("change a bit", 4),
}

# What has happened on a connection, by what is seen in it
STORIES = {
    "full": "A full handshake: the two ends had never met, or had forgotten. The server has shown a "
    "certificate and proved that the key in it is its own.",
    "resumed": "A session resumed: the client came back with a key from before, so nobody needed to "
    "show a certificate or sign anything. Who knows the key is who was there last time. A fresh key "
    "exchange all the same keeps this connection's traffic secret from whoever steals the key later.",
    "resumed_without_exchange": "A session resumed without a new key exchange: cheaper, and who learns "
    "the key can read everything.",
    "retried": "The client guessed wrong: it had no key share for a group that the server wants, or "
    "had to bring back a cookie. The server asked for another hello (HelloRetryRequest), which took "
    "one more round trip. In the transcript the first hello is replaced by its hash, so that a server "
    "need not remember it.",
    "asked": "The server asked the client for a certificate: both ends are to know who the other is.",
    "early": "The client sent data before the handshake. It was protected by the key from before "
    "alone, so an attacker could have it arrive more than once.",
    "failed": "The connection failed. What was said until then is shown; the last step says whose "
    "fault it was.",
    "updated": "Keys were changed in mid-connection, by a KeyUpdate.",
}

SECRETS_WARNING = (
    "This page holds the secrets of one connection: whoever has it can read all that was said there. "
    "Do not publish it while that matters."
)
OWN_ANSWER = (
    "The records of this very answer are missing, and have to be: a page cannot hold its own "
    "ciphertext. It was written before it was sealed. Load it again on the same connection, and the "
    "answer before it is there."
)
TITLE = "This connection, explained"
DELIVERED = (
    "This page came to you over the connection that it explains. It was made in pure Python, by code "
    "that is written to be read, from what that code saw while it worked: every byte, every key, and "
    "the line of source behind each."
)
DELIVERED_AS_TEXT = (
    "This text came to you over the connection that it explains. It was made in pure Python, by code "
    "that is written to be read, from what that code saw while it worked: every byte and every key. A "
    "browser is shown more at this address: why each is there, the line of source behind it, and a "
    "command that computes it again."
)
WRITTEN = (
    "What happened on one TLS 1.3 connection, as code saw it while it worked, at one end of the "
    "connection or between the two with a key log in its hand: every byte, every key that it had, and "
    "the line of source behind each."
)
REMARKS = "The connection was overheard by one who was at neither end. He says of it:"


def name_at(path: str) -> str:
    """The name of what is at this path, as it stands here."""
    in_place = ".".join(path.rsplit(".", 2)[-2:])
    return in_place if in_place in WHY else in_place.rpartition(".")[2]


def why(*names: str) -> str:
    """The paragraph of the first of these names that has one, or nothing."""
    return next((WHY[name] for name in names if name in WHY), "")


def stop(*names: str) -> Stop | None:
    """The attack that ends with the first of these names that ends one."""
    return next((STOPS[name] for name in names if name in STOPS), None)
