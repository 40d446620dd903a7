"""How strictly?  The two rule books by which a store may have its certificates judged.

RFC 5280 is for every use of X.509, in a company as on the web.  The authorities that browsers trust have
promised more: the Baseline Requirements of the CA/Browser Forum.  One's own authority need not keep them, so
they are asked for by name: `TrustStore(..., profile=Profile.WEB)`.  What they add is in `web_rules`.  It is
about servers: who has clients verified stays with RFC 5280.
"""

import enum


class Profile(enum.Enum):
    RFC5280 = "RFC 5280"
    WEB = "RFC 5280 and the Baseline Requirements"
