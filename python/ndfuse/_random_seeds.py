"""Where streams of random numbers begin: seeds, keys and the count of calls.

The generator (include/ndfuse/ir/random.hpp) is a function of a counter and a key of two words. A seed becomes a key by
NumPy's ``SeedSequence``; every draw takes the next key of its own from that one, so no stream overlaps another, and the
order of calls alone decides what they give.
"""

from __future__ import annotations

import operator
import secrets

_MASK = 0xFFFFFFFF


def threefry(counter0: int, counter1: int, key0: int, key1: int) -> tuple:
    """Two words by Threefry-2x32-20, as the kernels compute them."""
    keys = (key0, key1, key0 ^ key1 ^ 0x1BD11BDA)
    x, y = (counter0 + key0) & _MASK, (counter1 + key1) & _MASK
    for block in range(5):
        for left in ((13, 15, 26, 6), (17, 29, 16, 24))[block & 1]:
            x = (x + y) & _MASK
            y = (y << left & _MASK | y >> (32 - left)) ^ x
        x = (x + keys[(block + 1) % 3]) & _MASK
        y = (y + keys[(block + 2) % 3] + block + 1) & _MASK
    return x, y


def _words_of(value) -> list:
    """An integer, or a sequence of such, as words of 32 bits."""
    if isinstance(value, str):
        raise TypeError(f"SeedSequence expects int or sequence of ints for entropy not {value}")
    try:
        value = operator.index(value)
    except TypeError:
        try:
            parts = list(value)
        except TypeError:
            raise TypeError(f"SeedSequence expects int or sequence of ints for entropy not {value}") from None
        return [word for part in parts for word in _words_of(part)]
    if value < 0:
        raise ValueError("expected non-negative integer")
    words = [value & _MASK]
    while value := value >> 32:
        words.append(value & _MASK)
    return words


class SeedSequence:
    """Spreads seeds of any size and quality over words that can be keys. As numpy.random.SeedSequence, word for word (M.
    O'Neill's seed_seq_fe, 2015): ``entropy`` is None (from the system), an int or a sequence of them; ``spawn`` gives
    independent children."""

    def __init__(self, entropy=None, *, spawn_key=(), pool_size=4, n_children_spawned=0):
        if pool_size < 4:
            raise ValueError(f"The size of the entropy pool should be at least 4, got {pool_size}")
        if entropy is None:
            entropy = secrets.randbits(pool_size * 32)
        elif hasattr(entropy, "tolist"):
            entropy = entropy.tolist()
        self.entropy = entropy
        self.spawn_key = tuple(spawn_key)
        self.pool_size = pool_size
        self.n_children_spawned = n_children_spawned
        words, spawned = _words_of(entropy), _words_of(self.spawn_key)
        if spawned and len(words) < pool_size:
            words += [0] * (pool_size - len(words))
        self._pool = self._mixed(words + spawned)

    def _mixed(self, words: list) -> list:
        constant = 0x43B0D7E5

        def hashed(value):
            nonlocal constant
            value ^= constant
            constant = constant * 0x931E8875 & _MASK
            value = value * constant & _MASK
            return value ^ value >> 16

        def mix(x, y):
            value = (0xCA01F9DD * x - 0x4973F715 * y) & _MASK
            return value ^ value >> 16

        size = self.pool_size
        pool = [hashed(words[k] if k < len(words) else 0) for k in range(size)]
        for source in range(size):
            for to in range(size):
                if source != to:
                    pool[to] = mix(pool[to], hashed(pool[source]))
        for word in words[size:]:
            for to in range(size):
                pool[to] = mix(pool[to], hashed(word))
        return pool

    def __repr__(self):
        parts = [f"entropy={self.entropy}"]
        if self.spawn_key:
            parts.append(f"spawn_key={self.spawn_key}")
        if self.pool_size != 4:
            parts.append(f"pool_size={self.pool_size}")
        if self.n_children_spawned:
            parts.append(f"n_children_spawned={self.n_children_spawned}")
        return "SeedSequence(\n" + "".join([f"    {part},\n" for part in parts]) + ")"

    @property
    def state(self) -> dict:
        """What the constructor takes."""
        return {
            "entropy": self.entropy,
            "spawn_key": self.spawn_key,
            "pool_size": self.pool_size,
            "n_children_spawned": self.n_children_spawned,
        }

    def words(self, count: int) -> list:
        """``count`` words of 32 bits as Python integers."""
        constant = 0x8B51F9DD
        found = []
        for k in range(count):
            value = self._pool[k % self.pool_size] ^ constant
            constant = constant * 0x58F38DED & _MASK
            value = value * constant & _MASK
            found.append(value ^ value >> 16)
        return found

    def generate_state(self, n_words: int, dtype="uint32"):
        """``n_words`` words as an array of uint32, or of uint64."""
        from ._creation import asarray
        from ._dtypes import NAMES, number_of

        name = NAMES[number_of(dtype)]
        if name == "uint32":
            return asarray(self.words(n_words), name)
        if name == "uint64":
            words = self.words(2 * n_words)
            return asarray([low | high << 32 for low, high in zip(words[::2], words[1::2])], name)
        raise ValueError("only support uint32 or uint64")

    def spawn(self, n_children: int) -> list:
        """``n_children`` sequences that are independent of this one and of each other."""
        first = self.n_children_spawned
        self.n_children_spawned += n_children
        return [
            SeedSequence(self.entropy, spawn_key=(*self.spawn_key, k), pool_size=self.pool_size)
            for k in range(first, first + n_children)
        ]


class BitGenerator:
    """A key and the number of draws made with it. As numpy.random.BitGenerator; ``Threefry`` is the one there is."""

    def __init__(self, seed=None):
        if isinstance(seed, BitGenerator):
            raise TypeError("a bit generator is no seed")
        self.seed_seq = seed if isinstance(seed, SeedSequence) else SeedSequence(seed)
        self._key = tuple(self.seed_seq.words(2))
        self._calls = 0

    def next_key(self) -> tuple:
        """The key of the next draw."""
        calls = self._calls
        self._calls = calls + 1
        return threefry(calls & _MASK, calls >> 32, *self._key)

    @property
    def state(self) -> dict:
        """The whole state: the key, and how many draws were made with it. Assign one to go back to it."""
        return {"bit_generator": type(self).__name__, "state": {"key": list(self._key), "calls": self._calls}}

    @state.setter
    def state(self, value):
        if not isinstance(value, dict):
            raise TypeError("state must be a dict")
        if value.get("bit_generator") != type(self).__name__:
            raise ValueError(f"state must be for a {type(self).__name__} PRNG")
        first, second = value["state"]["key"]
        self._key = (int(first) & _MASK, int(second) & _MASK)
        self._calls = int(value["state"]["calls"])

    def random_raw(self, size=None, output=True):
        """Words of 32 random bits: an int without ``size``, else an array of uint32."""
        from ._random_draws import words

        drawn = words(self, () if size is None else size)
        if not output:
            return None
        return int(drawn) if size is None else drawn

    def spawn(self, n_children: int) -> list:
        """Bit generators that are independent of this one."""
        return [type(self)(child) for child in self.seed_seq.spawn(n_children)]

    def __reduce__(self):
        return _restored, (self.seed_seq.state, self.state)


def _restored(seeds: dict, state: dict):
    made = Threefry(SeedSequence(**seeds))
    made.state = state
    return made


class Threefry(BitGenerator):
    """Threefry-2x32 with 20 rounds (Salmon, Moraes, Dror and Shaw 2011): counter-based, the same words on every device."""
