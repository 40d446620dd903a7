"""Object identifiers: the numbers by which X.509 names everything.

An OID is a path in a tree that registration authorities share out: 2.5.29.15 is joint-iso-itu-t (2),
directory (5), certificate extensions (29), keyUsage (15).  This package keeps them as dotted text.
"""

# fmt: off
# Attributes of a name: those that RFC 4514 section 3 lets one write by a short name.
COMMON_NAME                 = "2.5.4.3"
EMAIL_ADDRESS               = "1.2.840.113549.1.9.1"
ATTRIBUTE_NAMES = {
    COMMON_NAME:                  "CN",
    "2.5.4.7":                    "L",
    "2.5.4.8":                    "ST",
    "2.5.4.10":                   "O",
    "2.5.4.11":                   "OU",
    "2.5.4.6":                    "C",
    "2.5.4.9":                    "STREET",
    "0.9.2342.19200300.100.1.25": "DC",
    "0.9.2342.19200300.100.1.1":  "UID",
}

# Keys.  RFC 8410 section 3, where one OID stands for the key and the signature; RFC 5480 section 2.1.1 with
# the curves, which are parameters of the third; RFC 4055 section 1.2.
ED25519                     = "1.3.101.112"
EC_PUBLIC_KEY               = "1.2.840.10045.2.1"
P256                        = "1.2.840.10045.3.1.7"
P384                        = "1.3.132.0.34"
RSA                         = "1.2.840.113549.1.1.1"
RSA_PSS                     = "1.2.840.113549.1.1.10"

# Signatures.  RFC 5758 section 3.2, RFC 4055 section 5.
ECDSA_WITH_SHA256           = "1.2.840.10045.4.3.2"
ECDSA_WITH_SHA384           = "1.2.840.10045.4.3.3"
ECDSA_WITH_SHA512           = "1.2.840.10045.4.3.4"
RSA_WITH_SHA256             = "1.2.840.113549.1.1.11"
RSA_WITH_SHA384             = "1.2.840.113549.1.1.12"
RSA_WITH_SHA512             = "1.2.840.113549.1.1.13"

# Signatures over digests that two messages can share, which are known in order to be refused.  RFC 3279
# section 2.2.
MD5                         = "1.2.840.113549.2.5"
SHA1                        = "1.3.14.3.2.26"
RSA_WITH_MD5                = "1.2.840.113549.1.1.4"
RSA_WITH_SHA1               = "1.2.840.113549.1.1.5"
ECDSA_WITH_SHA1             = "1.2.840.10045.4.1"

# What RSA-PSS has for parameters.  RFC 4055 section 2.1, RFC 8017 appendix B.
MGF1                        = "1.2.840.113549.1.1.8"
SHA256                      = "2.16.840.1.101.3.4.2.1"
SHA384                      = "2.16.840.1.101.3.4.2.2"
SHA512                      = "2.16.840.1.101.3.4.2.3"

# Certificate extensions.  RFC 5280 section 4.2.1.
SUBJECT_KEY_IDENTIFIER      = "2.5.29.14"
KEY_USAGE                   = "2.5.29.15"
SUBJECT_ALTERNATIVE_NAME    = "2.5.29.17"
BASIC_CONSTRAINTS           = "2.5.29.19"
NAME_CONSTRAINTS            = "2.5.29.30"
CERTIFICATE_POLICIES        = "2.5.29.32"
POLICY_MAPPINGS             = "2.5.29.33"
AUTHORITY_KEY_IDENTIFIER    = "2.5.29.35"
POLICY_CONSTRAINTS          = "2.5.29.36"
EXTENDED_KEY_USAGE          = "2.5.29.37"
CRL_DISTRIBUTION_POINTS     = "2.5.29.31"
INHIBIT_ANY_POLICY          = "2.5.29.54"

# Extensions of revocation lists, and of their entries.  RFC 5280 sections 5.2 and 5.3.
CRL_NUMBER                  = "2.5.29.20"
REASON_CODE                 = "2.5.29.21"
DELTA_CRL_INDICATOR         = "2.5.29.27"
ISSUING_DISTRIBUTION_POINT  = "2.5.29.28"
CERTIFICATE_ISSUER          = "2.5.29.29"

# The policy that stands for every other one.  RFC 5280 section 4.2.1.4.
ANY_POLICY                  = "2.5.29.32.0"

# Purposes of a key.  RFC 5280 section 4.2.1.12.
ANY_EXTENDED_KEY_USAGE      = "2.5.29.37.0"
SERVER_AUTH                 = "1.3.6.1.5.5.7.3.1"
CLIENT_AUTH                 = "1.3.6.1.5.5.7.3.2"

# What a person is told instead of a number, when something is refused.
NAMES = {
    "1.2.840.10040.4.1":      "DSA",
    RSA:                      "RSA",
    RSA_PSS:                  "RSA-PSS",
    RSA_WITH_MD5:             "RSA with MD5",
    RSA_WITH_SHA1:            "RSA with SHA-1",
    RSA_WITH_SHA256:          "RSA with SHA-256",
    RSA_WITH_SHA384:          "RSA with SHA-384",
    RSA_WITH_SHA512:          "RSA with SHA-512",
    EC_PUBLIC_KEY:            "elliptic curve",
    P256:                     "P-256",
    P384:                     "P-384",
    "1.3.132.0.35":           "P-521",
    "1.3.132.0.10":           "secp256k1",
    ECDSA_WITH_SHA1:          "ECDSA with SHA-1",
    ECDSA_WITH_SHA256:        "ECDSA with SHA-256",
    ECDSA_WITH_SHA384:        "ECDSA with SHA-384",
    ECDSA_WITH_SHA512:        "ECDSA with SHA-512",
    "1.3.101.110":            "X25519",
    "1.3.101.111":            "X448",
    ED25519:                  "Ed25519",
    "1.3.101.113":            "Ed448",
    SUBJECT_KEY_IDENTIFIER:   "subjectKeyIdentifier",
    KEY_USAGE:                "keyUsage",
    SUBJECT_ALTERNATIVE_NAME: "subjectAltName",
    BASIC_CONSTRAINTS:        "basicConstraints",
    NAME_CONSTRAINTS:         "nameConstraints",
    CERTIFICATE_POLICIES:     "certificatePolicies",
    POLICY_MAPPINGS:          "policyMappings",
    AUTHORITY_KEY_IDENTIFIER: "authorityKeyIdentifier",
    POLICY_CONSTRAINTS:       "policyConstraints",
    EXTENDED_KEY_USAGE:       "extKeyUsage",
    CRL_DISTRIBUTION_POINTS:  "cRLDistributionPoints",
    INHIBIT_ANY_POLICY:       "inhibitAnyPolicy",
    CRL_NUMBER:               "cRLNumber",
    REASON_CODE:              "reasonCode",
    DELTA_CRL_INDICATOR:      "deltaCRLIndicator",
    ISSUING_DISTRIBUTION_POINT: "issuingDistributionPoint",
    CERTIFICATE_ISSUER:       "certificateIssuer",
    ANY_POLICY:               "anyPolicy",
    ANY_EXTENDED_KEY_USAGE:   "anyExtendedKeyUsage",
    SERVER_AUTH:              "serverAuth",
    CLIENT_AUTH:              "clientAuth",
    "1.3.6.1.5.5.7.3.3":      "codeSigning",
    "1.3.6.1.5.5.7.3.4":      "emailProtection",
    "1.3.6.1.5.5.7.3.8":      "timeStamping",
    "1.3.6.1.5.5.7.3.9":      "OCSPSigning",
    # What is only shown: nothing here depends on it.
    "2.5.29.9":               "subjectDirectoryAttributes",
    "2.5.29.18":              "issuerAltName",
    "2.5.29.46":              "freshestCRL",
    "1.3.6.1.5.5.7.1.1":      "authorityInfoAccess",
    "1.3.6.1.5.5.7.1.11":     "subjectInfoAccess",
    "1.3.6.1.5.5.7.1.24":     "tlsFeature",  # RFC 7633
    "1.3.6.1.4.1.11129.2.4.2": "signed certificate timestamps",  # RFC 6962 section 3.3
    "2.23.140.1.2.1":         "domain validated",  # the CA/Browser Forum's
    "2.23.140.1.2.2":         "organization validated",
}
# fmt: on


def name(oid: str) -> str:
    """Return what people call this OID, or the OID itself when it is none of ours."""
    return NAMES.get(oid, oid)
