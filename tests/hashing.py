"""Passwords of tests: hashed as in the product, with so few rounds that a sign-in costs no half second."""

from django.contrib.auth.hashers import PBKDF2PasswordHasher


class FewRounds(PBKDF2PasswordHasher):
    """The number of rounds stands in the hash, so a server that a test starts can check it."""

    iterations = 1000
