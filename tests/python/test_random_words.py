"""The generator's words: known answers, and the tests of NIST SP 800-22 (revision 1a, 2010) and a few others on long streams."""

import math

import ndfuse
import numpy as np
import pytest
from distributions import chi_square, gamma, kolmogorov, normal, poisson
from ndfuse._random_seeds import threefry

_erfc = math.erfc


@pytest.mark.parametrize(
    "counter, key, answer",
    [
        ((0, 0), (0, 0), (0x6B200159, 0x99BA4EFE)),
        ((0xFFFFFFFF,) * 2, (0xFFFFFFFF,) * 2, (0x1CB996FC, 0xBB002BE7)),
        ((0x243F6A88, 0x85A308D3), (0x13198A2E, 0x03707344), (0xC4923A9C, 0x483DF7A0)),
    ],
)
def test_known_answers_of_threefry(counter, key, answer):
    """Those of Random123's file kat_vectors."""
    assert threefry(*counter, *key) == answer


def key_of(seed, call):
    first, second = ndfuse.random.SeedSequence(seed).words(2)
    return threefry(call, 0, first, second)


def words_of(seed, call, count):
    """What a draw's words must be."""
    return np.array([threefry(k, 0, *key_of(seed, call))[0] for k in range(count)], np.uint32)


def test_words_are_threefrys_of_element_numbers():
    bits = ndfuse.random.Threefry(7)
    assert (bits.random_raw(1000).asnumpy() == words_of(7, 0, 1000)).all()
    assert (bits.random_raw((10, 7)).asnumpy() == words_of(7, 1, 70).reshape(10, 7)).all()
    assert bits.random_raw() == words_of(7, 2, 1)[0]


def test_uniform_numbers_are_the_upper_24_bits():
    drawn = ndfuse.random.default_rng(3).random(2000).asnumpy()
    assert drawn.dtype == np.float32
    assert (drawn == (words_of(3, 0, 2000) >> 8) * np.float32(2.0**-24)).all()


def test_double_uniform_numbers_are_53_bits_of_a_block():
    drawn = ndfuse.random.default_rng(3).random(500, dtype=np.float64).asnumpy()
    blocks = [threefry(k, 0, *key_of(3, 0)) for k in range(500)]
    assert drawn.tolist() == [((low | high << 32) >> 11) * 2.0**-53 for low, high in blocks]


@pytest.mark.parametrize("count", [1, 2, 3, 10, 2**16, 2**24 + 1, 2**31 - 1, 2**31 + 1, 3 * 2**30, 2**32 - 1, 2**32])
def test_integers_are_lemires(count):
    drawn = ndfuse.random.default_rng(5).integers(0, count, 300, dtype=np.uint32).asnumpy()
    others, firsts = words_of(5, 0, 300), words_of(5, 1, 300)
    for value, word, other in zip(drawn.tolist(), firsts.tolist(), others.tolist(), strict=True):
        word, first, k = int(word), int(word), 0
        while (word * count & 0xFFFFFFFF) < 2**32 % count:
            word, k = threefry(k, 0x7F4A7C15, first, int(other))[0], k + 1
        assert value == word * count >> 32


@pytest.mark.parametrize("count", [3, 2**40 + 1, 2**63 + 1, 2**64])
def test_integers_of_64_bits_are_all_reached(count):
    drawn = ndfuse.random.default_rng(5).integers(0, count, 4000, dtype=np.uint64).asnumpy()
    assert int(drawn.max()) < count
    assert kolmogorov((drawn.astype(float) + 0.5) / count, lambda x: x) > 1e-4 or count == 3
    if count == 3:
        assert chi_square(np.bincount(drawn.astype(int), minlength=3), [4000 / 3] * 3) > 1e-4


def test_ranges_without_bias():
    """With 3 * 2^30 numbers, the words modulo the range would make a third of them twice as likely."""
    drawn = ndfuse.random.default_rng(11).integers(0, 3 * 2**30, 30_000, dtype=np.uint32).asnumpy()
    assert chi_square(np.bincount(drawn >> 28, minlength=12), [2500] * 12) > 1e-4


def test_normal_numbers_are_quantiles_of_words():
    from statistics import NormalDist

    drawn = ndfuse.random.default_rng(3).standard_normal(3000).asnumpy()
    expected = [NormalDist().inv_cdf((int(word) + 0.5) / 2**32) for word in words_of(3, 0, 3000)]
    np.testing.assert_allclose(drawn, expected, rtol=2e-6, atol=1e-7)
    wide = ndfuse.random.default_rng(3).standard_normal(500, dtype=np.float64).asnumpy()
    blocks = [threefry(k, 0, *key_of(3, 0)) for k in range(500)]
    expected = [NormalDist().inv_cdf(((low | high << 32) + 0.5) / 2**64) for low, high in blocks]
    np.testing.assert_allclose(wide, expected, rtol=1e-14, atol=1e-15)  # near zero the reference is the less exact


def test_exponential_numbers_are_quantiles_of_words():
    drawn = ndfuse.random.default_rng(3).standard_exponential(3000).asnumpy()
    expected = [-math.log1p(-(int(word) + 0.5) / 2**32) for word in words_of(3, 0, 3000)]
    np.testing.assert_allclose(drawn, expected, rtol=2e-6)


# --- batteries. Seeds are fixed: a test that passes once passes always; each probability is that of a stream at least as odd.


def stream(seed, count):
    return ndfuse.random.Threefry(seed).random_raw(count).asnumpy()


def bits_of(words):
    return np.unpackbits(words.view(np.uint8), bitorder="little")


def monobit(bits):
    return _erfc(abs(2 * int(bits.sum()) - len(bits)) / math.sqrt(2 * len(bits)))


def block_frequency(bits, size=128):
    blocks = bits[: len(bits) // size * size].reshape(-1, size).mean(axis=1)
    return 1 - float(gamma(len(blocks) / 2, 4 * size * ((blocks - 0.5) ** 2).sum() / 2))


def runs(bits):
    n, share = len(bits), float(bits.mean())
    changes = 1 + int((bits[1:] != bits[:-1]).sum())
    return _erfc(abs(changes - 2 * n * share * (1 - share)) / (2 * math.sqrt(2 * n) * share * (1 - share)))


def longest_run(bits):
    """Of ones in blocks of 10^4 bits."""
    blocks = bits[: len(bits) // 10_000 * 10_000].reshape(-1, 10_000)
    longest = []
    for block in blocks:
        edges = np.flatnonzero(np.diff(np.concatenate([[0], block, [0]]).astype(np.int8)))
        longest.append(int((edges[1::2] - edges[::2]).max()))
    classes = np.bincount(np.clip(longest, 10, 16) - 10, minlength=7)
    chances = [0.0882, 0.2092, 0.2483, 0.1933, 0.1208, 0.0675, 0.0727]
    expected = np.array(chances) * len(blocks)
    return 1 - float(gamma(3, ((classes - expected) ** 2 / expected).sum() / 2))


def spectrum(bits):
    n = len(bits)
    heights = np.abs(np.fft.rfft(2.0 * bits - 1))[: n // 2]
    below = int((heights < math.sqrt(n * math.log(1 / 0.05))).sum())
    return _erfc(abs(below - 0.95 * n / 2) / math.sqrt(n * 0.95 * 0.05 / 4) / math.sqrt(2))


def _patterns(bits, size):
    numbers = np.zeros(len(bits), np.int64)
    for k in range(size):
        numbers = numbers * 2 + np.roll(bits, -k)
    return np.bincount(numbers, minlength=2**size)


def serial(bits, size=10):
    n = len(bits)
    sums = [(2.0**m / n) * float((_patterns(bits, m).astype(float) ** 2).sum()) - n for m in (size, size - 1, size - 2)]
    first = 1 - float(gamma(2 ** (size - 2), (sums[0] - sums[1]) / 2))
    second = 1 - float(gamma(2 ** (size - 3), (sums[0] - 2 * sums[1] + sums[2]) / 2))
    return min(first, second)


def approximate_entropy(bits, size=8):
    n = len(bits)

    def phi(m):
        share = _patterns(bits, m) / n
        return float((share[share > 0] * np.log(share[share > 0])).sum())

    return 1 - float(gamma(2 ** (size - 1), n * (math.log(2) - (phi(size) - phi(size + 1)))))


def cumulative_sums(bits):
    n = len(bits)
    z = int(np.abs(np.cumsum(2 * bits.astype(np.int64) - 1)).max())
    root = math.sqrt(n)

    def phi(x):
        return float(normal(x))

    first = sum(
        phi((4 * k + 1) * z / root) - phi((4 * k - 1) * z / root)
        for k in range((-n // z + 1) // 4, (n // z - 1) // 4 + 1)
    )
    second = sum(
        phi((4 * k + 3) * z / root) - phi((4 * k + 1) * z / root)
        for k in range((-n // z - 3) // 4, (n // z - 1) // 4 + 1)
    )
    return 1 - first + second


def rank(bits):
    """Of 32 x 32 matrices over two elements."""
    rows = np.packbits(bits, bitorder="little").view(np.uint32)
    matrices = rows[: len(rows) // 32 * 32].reshape(-1, 32).astype(np.uint64)
    ranks = np.zeros(len(matrices), int)
    for column in range(32):
        bit = matrices >> np.uint64(column) & np.uint64(1)
        has = bit.any(axis=1)
        pivot = bit.argmax(axis=1)
        lead = matrices[np.arange(len(matrices)), pivot] * has
        ranks += has
        # The pivot's row becomes zero with the others that have this bit.
        matrices ^= bit * lead[:, None]
    counts = [(ranks == 32).sum(), (ranks == 31).sum(), (ranks < 31).sum()]
    return chi_square(counts, np.array([0.288788095, 0.577576190, 0.133635715]) * len(matrices))


def birthday_spacings(words):
    """G. Marsaglia's: 512 birthdays in a year of 2^24 days; equal spacings are Poisson of mean 2."""
    days = np.sort((words[: len(words) // 512 * 512] >> 8).reshape(-1, 512).astype(np.int64), axis=1)
    spacings = np.sort(np.diff(days, axis=1, prepend=0), axis=1)
    repeats = (spacings[:, 1:] == spacings[:, :-1]).sum(axis=1)
    k = np.arange(12.0)
    chances = poisson(2.0, k)
    return chi_square(
        np.bincount(np.minimum(repeats, 12), minlength=13), np.append(chances, 1 - chances.sum()) * len(days)
    )


def gaps(words):
    """Lengths of runs of words outside the lowest quarter (D. Knuth, section 3.3.2)."""
    lengths = np.diff(np.flatnonzero(words < 2**30)) - 1
    chances = 0.25 * 0.75 ** np.arange(30)
    return chi_square(np.bincount(np.minimum(lengths, 30), minlength=31), np.append(chances, 0.75**30) * len(lengths))


def correlation(words, lag):
    x = words.astype(float) / 2**32 - 0.5
    return _erfc(abs((x[lag:] * x[:-lag]).sum() * 12 / math.sqrt(len(x) - lag)) / math.sqrt(2))


def byte_counts(words):
    counts = np.bincount(words.view(np.uint8), minlength=256)
    return chi_square(counts, [4 * len(words) / 256] * 256)


OF_BITS = [
    monobit, block_frequency, runs, longest_run, spectrum, serial, approximate_entropy, cumulative_sums, rank,
]  # fmt: skip


@pytest.mark.parametrize("seed", [0, 1, 2**64 + 5])
@pytest.mark.parametrize("test", OF_BITS)
def test_bits(test, seed):
    assert test(bits_of(stream(seed, 40_000))) > 1e-4


def test_a_bad_generator_is_found_out():
    """The tests can fail: a counter, and a linear congruential generator modulo 2^32, whose low bits have short periods."""
    bad = np.cumsum(np.full(40_000, 69069, np.uint32), dtype=np.uint32)
    assert sum(test(bits_of(bad)) < 1e-6 for test in OF_BITS) >= 5
    state, words = 1, []
    for _ in range(40_000):
        state = (state * 1664525 + 1013904223) & 0xFFFFFFFF
        words.append(state)
    bad = bits_of(np.array(words, np.uint32))
    assert rank(bad) < 1e-6 or serial(bad) < 1e-6 or spectrum(bad) < 1e-6


@pytest.mark.parametrize("seed", [3, 4])
def test_numbers(seed):
    drawn = stream(seed, 200_000)
    for found in (birthday_spacings(drawn), gaps(drawn), byte_counts(drawn)):
        assert found > 1e-4
    for lag in (1, 2, 3, 256, 1024):
        assert correlation(drawn, lag) > 1e-4


def test_streams_of_calls_and_of_children_are_independent():
    generator = ndfuse.random.Threefry(9)
    streams = [generator.random_raw(50_000) for _ in range(3)]
    streams += [child.random_raw(50_000) for child in generator.spawn(2)]
    streams += [ndfuse.random.Threefry(10).random_raw(50_000)]
    streams = [(one.asnumpy().astype(float) / 2**32 - 0.5) for one in streams]
    for k, one in enumerate(streams):
        for other in streams[:k]:
            assert _erfc(abs((one * other).sum() * 12 / math.sqrt(len(one))) / math.sqrt(2)) > 1e-4
    # The words of one element in many calls are a stream too.
    across = np.array([int(ndfuse.random.Threefry(s).random_raw()) for s in range(3000)], np.uint32)
    assert kolmogorov(across / 2**32, lambda x: x) > 1e-4


@pytest.mark.slow
@pytest.mark.parametrize("seed", [21, 22])
def test_long_streams(seed):
    drawn = stream(seed, 2**22)
    bits = bits_of(drawn[: 2**17])
    for test in (monobit, block_frequency, runs, longest_run, serial, approximate_entropy, cumulative_sums):
        assert test(bits) > 1e-4
    for found in (birthday_spacings(drawn), gaps(drawn), byte_counts(drawn), rank(bits)):
        assert found > 1e-4
