"""Certificates: who holds the key at the other end, and who says so.  RFC 5280.

Between the primitives (`purecrypto`) and the handshake, which receives a list of certificates from its peer
and asks three things of this package: read them, find a path to someone we trust, compare the name.  No file
here touches a socket, a clock or a random source, its command line aside; the time is an argument.  This
module re-exports nothing:

    from x509 import issue, names, path, pem, private_keys
    from x509.certificate import Certificate           # Certificate.from_der(der)
    from x509.rules import Purpose                     # path.verify_chain(chain, trust, at=..., purpose=...)
    from x509.trust_store import TrustStore

The way of a certificate, which is also the reading order; each imports only what stands before it:

    errors, wording              everything that can be wrong with it, and how a person is told
    pem                          text to DER
    der > encoding, oids         DER to values, and back
    algorithms > public_keys > private_keys                  which algorithm, which key
    distinguished_names > general_names > distribution_points > extensions > certificate     to a dataclass
    crl                          the certificates that were taken back, the same way
    signatures, profiles > trust_store > search     is it signed, by whom, and where does that lead?
    names                        is it for the host that was asked for?
    name_constraints, policies > rules > web_rules, revocation > path      and may they, still?
    opened, graph > graph_svg, explanation         how all of that is told
    issue                        the other side of the table: make an authority, sign a leaf
    show                         what is in a certificate, as text
    complaints, files            what a command says, and how it ends; its files: also for `python -m tls`
    arguments, loading > ca > __main__             a CA in your terminal, python -m x509 ...
"""
