#pragma once
/// @file Checks that kernels make: whether an index array holds a number out of bounds is known only on the device.
/// Each adds to one word of its device, the number of the first check that failed; whoever waits for that device reads
/// the word and throws what failed. While nothing is to be checked, waiting costs nothing more.

#include <ndfuse/runtime/device.hpp>

#include <exception>
#include <string>
#include <vector>

namespace ndfuse::runtime {

/// What a failed check throws.
enum class failure_kind : std::uint8_t { index, value };
struct failure {
  failure_kind kind;
  std::string text;
  friend bool operator==(failure const&, failure const&) = default;
};

/// The checks of one device that nobody has waited for yet.
struct pending_checks {
  device* owner = nullptr;
  tensor state;                           // one int32: 0, or 1 + the place in `failures` of the first check that failed
  std::vector<failure> failures;          // each text once: a loop that never waits repeats them
  bool captured = false;                  // of an nf::capture, whose calls go on writing the word
  static constexpr index word_count = 4;  // of the memory of such a word, which is the least that a buffer has

  std::int32_t number_of(failure const& f) {
    for (std::size_t k = 0; k < failures.size(); ++k)
      if (failures[k] == f) return std::int32_t(k + 1);
    failures.push_back(f);
    return std::int32_t(failures.size());
  }
  /// Sets the word of a capture back: all of its memory, so that it is good again whatever had failed.
  void forget() const {
    std::int32_t const none[word_count]{};
    if (captured) owner->upload(*state.memory, 0, word_count, dtype::int32, none);
  }
  void raise(std::int32_t first) const {
    if (first == 0) return;
    forget();
    failure const& f = failures[std::size_t(first - 1)];
    if (f.kind == failure_kind::index) throw index_error(f.text);
    throw value_error(f.text);
  }
};

namespace detail {
inline std::vector<pending_checks>& all_pending() {
  static std::vector<pending_checks>* const all = new std::vector<pending_checks>;  // outlives every array
  return *all;
}
}  // namespace detail

/// The checks of `d`, to add to.
inline pending_checks& checks_of(device& d) {
  for (pending_checks& p : detail::all_pending())
    if (p.owner == &d && !p.captured) return p;
  detail::all_pending().push_back({&d, {}, {}});
  return detail::all_pending().back();
}
/// Adds the checks of a capture that has been called.
inline void add_captured_checks(pending_checks const& c) {
  for (pending_checks const& p : detail::all_pending())
    if (p.state.memory == c.state.memory) return;
  detail::all_pending().push_back(c);
}
/// Takes checks of `d` away, to be read; without memory when there are no more.
inline pending_checks take_checks(device& d) {
  std::vector<pending_checks>& all = detail::all_pending();
  for (std::size_t k = 0; k < all.size(); ++k)
    if (all[k].owner == &d) {
      pending_checks const taken = std::move(all[k]);
      all.erase(all.begin() + std::ptrdiff_t(k));
      return taken;
    }
  return {};
}

/// Waits for the checks of `d` and throws what failed first.
inline void raise_failed_checks(device& d) {
  d.refuse_read();
  for (;;) {
    pending_checks const p = take_checks(d);
    if (!p.state.memory) return;
    std::int32_t first = 0;
    try {
      d.read_blocking(p.state.memory, p.state.view.offset, 1, dtype::int32, &first);
    } catch (...) {
      p.forget();
      throw;
    }
    p.raise(first);
  }
}

}  // namespace ndfuse::runtime
