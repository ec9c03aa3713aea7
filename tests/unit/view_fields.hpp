#pragma once
/// @file Reads the views of build/oracle/views.txt.

#include "unit/oracle.hpp"

#include <ndfuse/core/view.hpp>

#include <charconv>
#include <string>
#include <string_view>

namespace oracle {

inline ndfuse::index number(std::string_view text) {
  ndfuse::index v = 0;
  auto const [end, code] = std::from_chars(text.data(), text.data() + text.size(), v);
  if (code != std::errc{} || end != text.data() + text.size())
    throw std::runtime_error("not a number: " + std::string(text));
  return v;
}
inline ndfuse::index_list list(std::string_view text) {
  ndfuse::index_list result;
  if (text != "-")
    for (std::string_view part : split(text, ',')) result.push_back(number(part));
  return result;
}
/// "SHAPE STRIDES OFFSET"
inline ndfuse::view view(std::string_view text) {
  auto const part = split(text, ' ');
  return {list(part.at(0)), list(part.at(1)), number(part.at(2))};
}
inline std::string text(ndfuse::view const& v) {
  return ndfuse::detail::message(v.shape, " strides ", v.strides, " offset ", v.offset);
}

/// Equal elements in equal places: strides of axes of extent 1, and everything but the shape of an empty view, do not
/// matter.
inline bool same_elements(ndfuse::view const& a, ndfuse::view const& b) {
  if (a.shape != b.shape || a.strides.size() != b.strides.size()) return false;
  if (a.size() == 0) return true;
  for (std::size_t d = 0; d < a.rank(); ++d)
    if (a.shape[d] != 1 && a.strides[d] != b.strides[d]) return false;
  return a.offset == b.offset;
}

inline std::string trimmed(std::string_view s) {
  while (s.ends_with(' ')) s.remove_suffix(1);
  std::string out;  // NumPy prints two blanks in one of its messages
  for (char c : s)
    if (c != ' ' || !out.ends_with(' ')) out += c;
  return out;
}

/// Calls `f` on each line of this kind, with its fields.
template <class F> void each_view_line(std::string_view kind, F f) {
  int count = 0;
  for (std::string const& line : lines("views.txt")) {
    auto const field = split(line, '|');
    if (field[0] != kind) continue;
    ++count;
    INFO(line);
    f(field);
  }
  CHECK(count > 500);
}

/// Calls `f`, which returns a view, and compares with the expected view or error. `wording` is the message that we
/// promise for NumPy's.
template <class F, class W> void check_result(std::string_view expected, F f, W wording) {
  if (expected.starts_with("error ")) {
    std::string const numpys = trimmed(expected.substr(expected.find(": ") + 2));
    try {
      auto const got = f();
      FAIL_CHECK("no exception; got " << text(got));
    } catch (ndfuse::error const& e) { CHECK(std::string(e.what()) == wording(numpys)); }
    return;
  }
  try {
    auto const got = f();
    INFO("got " << text(got));
    CHECK(same_elements(got, view(expected)));
  } catch (ndfuse::error const& e) { FAIL_CHECK("threw " << e.what()); }
}
template <class F> void check_result(std::string_view expected, F f) {
  check_result(expected, f, [](std::string const& numpys) { return numpys; });
}

}  // namespace oracle
