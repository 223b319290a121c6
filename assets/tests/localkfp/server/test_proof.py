"""A server proves that it is this state directory's."""

from __future__ import annotations

from localkfp.server.proof import answer, challenge, proves, secret


def test_the_secret_is_made_once_and_is_the_owners_alone(tmp_path):
    first = secret(tmp_path)
    assert secret(tmp_path) == first
    assert len(first) == 32
    assert (tmp_path / "secret").stat().st_mode & 0o777 == 0o600
    assert [file.name for file in tmp_path.iterdir()] == ["secret"]


def test_only_who_has_the_secret_proves_it(tmp_path):
    key, asked = secret(tmp_path), challenge()
    assert proves(key, asked, answer(key, asked))
    assert not proves(key, asked, answer(b"another", asked))
    assert not proves(key, asked, answer(key, challenge()))
    assert not proves(key, asked, "")
    assert not proves(key, asked, "\u00e9")


def test_two_challenges_are_not_the_same():
    assert challenge() != challenge()
