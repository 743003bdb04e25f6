"""What a stored password costs whoever would guess it."""

from __future__ import annotations

from argon2 import Type, extract_parameters

from app.accounts.passwords import hash_password, needs_rehash, verify_password

PASSWORD = "kalter-Tee-um-7-Uhr"


def test_hashes_are_argon2id_of_the_low_memory_profile() -> None:
    """RFC 9106, section 4, second recommendation: three passes, four lanes, 64 MiB; salted."""
    one, other = hash_password(PASSWORD), hash_password(PASSWORD)
    cost = extract_parameters(one)
    assert cost.type is Type.ID
    assert (cost.time_cost, cost.parallelism, cost.memory_cost) == (3, 4, 64 * 1024)
    assert (cost.salt_len, cost.hash_len) == (16, 32)
    assert one != other
    assert verify_password(one, PASSWORD)
    assert verify_password(other, PASSWORD)
    assert not verify_password(one, PASSWORD + "x")
    assert not needs_rehash(one)


def test_nobody_has_no_password() -> None:
    assert not verify_password(None, PASSWORD)
    assert not verify_password("no hash", PASSWORD)
