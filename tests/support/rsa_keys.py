"""RSA keys for tests, made once with pyca/cryptography: making them anew would take longer than using them.

The sizes are those of real keys, and 2049 and 2050 bits, which end at the first and the second bit of a byte;
OpenSSL makes no key of 2049 bits, so that one is of `purecrypto.primes`.  Each key is its two primes and e.
None of them is used anywhere else.
"""

from functools import cache

from cryptography.hazmat.primitives.asymmetric import rsa as pyca

from purecrypto.rsa import RSAPrivateKey

# size: (e, p, q), in hexadecimal
PRIMES = {
    "1024": (
        65537,
        (
            "ecb92f7328120567e962e041cbb0744f986dad35a272a4c2d61111a4f6f5304d48cfb0f5235c3bc59453b6e1db"
            "58758a375bb2eefabd1ae02964d54ca9db2583"
        ),
        (
            "ec3123251d5aff91d78a38083039842479484a9748de951df04079180569a41b3a3eb0c4a50b1c6a721deb2685"
            "4180b4e4ecf7f953286b6c0082254585b5ed79"
        ),
    ),
    "2048": (
        65537,
        (
            "d6449c43ad41f432d026a19e66dba4753bfb86ecb097b9bd30e9cec4fb6cb562c2b3f3a89b4503aa5a20d74c0c"
            "90b877a848321fc17b0a0dbb4b3855eb051950da7e141b720ccfeaad82931a3269cb169573d00121169c510626"
            "b1b812dd67ae5ee0d79431a21e8038504a24843f7b3ca891bbc7784d8f6db58aed108a52dd31"
        ),
        (
            "bb4b1d00afa762ce045cd408584be5e65e7eec15e805bd8b0be9901a6c012c5f5f356ed1eb8d3fca471beb97cf"
            "b74e2a8d7fcf66f52abb60c2bcf40bff9397b4d6dc36237d3e473b11f7e1c6f425fc2bcfa660999577702def24"
            "edaa7152935b141db3599e58cec2a935c8d7d386dbf5436e4845542b6795b580030e6ceb08f7"
        ),
    ),
    "2049": (
        65537,
        (
            "185d90c29eb1fc799e7e71a092f5896623a1e73326bec4f6abd7b6afbf1e08481edf07912807376ada4c9f0e11"
            "df0f110c17574c47d7c2c55d08e36f3c7a963feea9fa91708f088a2259a754bd7f056acb80b9e8de1ede3144b8"
            "ab3ac4d0b2f9b0a0f47027200d7dbe24411aec57971e624ddf4a4edf95eb8bb178fcb09b7aa8f"
        ),
        (
            "c8f89df1a6b40e006e17113c2befe38e73c07315bc48dda512715f7a0a953515b6c49ec96251bff57b735dd969"
            "6af8d9d9bdec1ec9d6bd108e85a1a4ad54ce951fa4f8af9297e312bde9e9aef7f3c9cbead797b8ba22b78cf3c0"
            "58713aa4f64c8d4059a60d3d8ada1fbd32b0350f0152748de6dc6a48341dad9e09c540ecfb5f"
        ),
    ),
    "2050": (
        65537,
        (
            "1fe536b2fec103cc15bd577f9eb00c2affc016b9bf0534e7362ecd7115f0f8674339406e574e904f48930ac913"
            "1259fd7ebdf8557e0631e2aab5b30abddf515c99f24b49043df37102f93140a06cd57d41e938b4edc76f76037c"
            "e31c4275e22ad4cf8f03154969674ee6b8bdeaf554e7b1eb1e924baaa80db35cdda9b3be0104d"
        ),
        (
            "193e4946e4e15ce7ab9ee2a70c589dd2c0698e8774886da88badb37cc3b757afd1c6bbad773d3aba6f59ca22d2"
            "6617c055e8e969e7488dbe59f2d9d0573af91d5c2550d7f90b945f42734705840866e533e128c6b1c04ed298b3"
            "b7e6de6c400d70c3f19ecda81aee3f83069298f081b38cc21cd3c90c8e48b9ac25a61b84cf969"
        ),
    ),
    "2048 e=3": (
        3,
        (
            "dfc0acbb70df646f1d6fc48e64e95d8d8790cdaa41a2891ac8ada059f088bf07b2a322864aacd84b040d96d99b"
            "cc4bdee24d455e8768ee79040d2eff3640829af47ffd2e1563ab928eb7ccee6ff4fe48f51c900dcfeec5737e23"
            "ad90786f29fb89f90d180fdbd302911a271ed77980dc37ff8ed723fe413649f0e335b36cc543"
        ),
        (
            "cb9e5a6f7b912cf91aecf2a4345ea033bf8d3b21e277ab740d0f302d7447afcdb04b63d5f37e29d96a6d980810"
            "703c5f4b85506ae79b509254baf7c143dac4ce7d8ca5d971240281f9da07362705d1933ff114b0879bda6a9012"
            "c92bf1d8978ce55fe944b69a13798f017cf88ae37227f243e04ad87eb69eadf3e5d74eb09c49"
        ),
    ),
    "3072": (
        65537,
        (
            "fbf7cde9f736d9f96e6f782b44c5558def931d79becb5cb89b9dbd8467ab0800d986a1d74d776705f4b659630e"
            "1523f0bdfd1e785f5a5f757a587a5603de928575fdd2468149d330e67ec1a06c59603584133359e4a91bd3a47f"
            "d4ee75eabbc15b81e74cd13535e502583b07b740e6c3274c4a266b7582ea77482fd41cf85d35ac8c3075dfe95e"
            "50c06e2ad405bc250491071c1a81b29ca5d914597f794e5d1d6136b1dd4d6ff4dbe890e5aa66b03a8432b0d685"
            "26f1f03aa77ced73d07e363b"
        ),
        (
            "db035f0fcf4f1e9b5bfb792af24b5ac1b59d513ceef0546c02fb879e773f2b0ebaa1c06b0311ba53143469eb1d"
            "bcf4c422239fb964327e28f84e151d0926dd69372ddbad0025b094a262e822db725adffa23767c0840705749c5"
            "f8e75a86b99aac76acbefd72694fa2a275dd93f98dc27d6e308e900920340185e4c7ca010b814c162d9d2eb800"
            "cd81763be927228feeecb17832e2dc85b09f291827438949b931f11af575561b7d9cdb1eff2c1b1a6ca757bef7"
            "4d1cfd6c263e1f43dfd5867d"
        ),
    ),
    "4096": (
        65537,
        (
            "f674bdc06929098340d556a83ad11f86e034c19a2e2f607dcb6bce12942697154b242d4f8c0c352a7017264860"
            "c6f362335038998aaf0b1bc50a7d694706df6479cb9d6e4877ee8f19dc28585febd73b80b6e1751a538498c212"
            "6555b63590e83f6a55cc62d6065ddc8d7950e99aa8afc23b902b2e69c4893ccb3c88f721ebdd54602c2b6488ee"
            "0e8111e46716b464e800b59145a58cc91c342a894c81c0a612665aad19d26403043df547292e3e29a5dd7baa26"
            "1540d4503fd8ce1c352dfbe0d2deb34e3e10f937450d0e2e905a183388656636fbc6482a0ab0a859e465719868"
            "d03278e577aa86764fc9dac1b9a1715ac87b4728f570c0a12081fbdaab66db"
        ),
        (
            "b8ac7242e142cd341805aa9f31bc985f96479f226dc4e86ec87b9f80b4f12571d3de8d1ee8ed9a0703f72a46a1"
            "b9ade215832223659ffc472c59a467a2334c27062d826a3d51acbf7da9d948e7bf5da9fa07035f7502cc34fa2c"
            "d98340dd1be927a7c0ee452314567d96b90d65a04e9ed22df8bf165ffcaab9c95ed2f28b91c7ce1ed0a4f71b78"
            "6340ecb5ca91c90acae53e9d246eb49a6515028338af51c98e97b1a7ddf162a5ac1938624ce32f3ad56c829686"
            "b020012508d7604d6f6eb8129facfe13bc51eb199106b879737d3d6c404a2b40c990fb4690d0e39121fa992ea5"
            "7cd73db59c7325a51436909669a2438896ff336d1988411b0bca9282cc32eb"
        ),
    ),
}


@cache
def ours(name: str) -> RSAPrivateKey:
    e, p, q = PRIMES[name]
    return RSAPrivateKey.from_primes(int(p, 16), int(q, 16), e, least_key_size=1024)


@cache
def theirs(name: str) -> pyca.RSAPrivateKey:
    """The same key in pyca's hands."""
    key = ours(name)
    public = pyca.RSAPublicNumbers(key.public_key().e, key.public_key().n)
    return pyca.RSAPrivateNumbers(key.p, key.q, key.d, key.dmp1, key.dmq1, key.iqmp, public).private_key()
