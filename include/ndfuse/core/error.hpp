#pragma once
/// @file The exceptions that ndfuse throws, and the sentence that a broken constraint prints.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <string>
#include <string_view>
#include <utility>

namespace ndfuse {

/// Base of everything that ndfuse throws; `what()` is a whole sentence that names the value and the expectation.
class error : public std::exception {
 public:
  explicit error(std::string message) : message_(std::move(message)) {}
  char const* what() const noexcept override { return message_.c_str(); }

 private:
  std::string message_;
};

/// Shapes that do not fit together, or a reshape that changes the number of elements. (NumPy: ValueError)
class shape_error : public error {
  using error::error;
};
/// An index or an axis out of bounds, or too many indices. (NumPy: IndexError, AxisError)
class index_error : public error {
  using error::error;
};
/// An operation that is not defined for an element type, or a scalar that does not fit it. (NumPy: TypeError,
/// OverflowError)
class dtype_error : public error {
  using error::error;
};
/// An argument whose value makes no sense. (NumPy: ValueError)
class value_error : public error {
  using error::error;
};
/// A file that cannot be opened, read or written; the message carries the system's words. (Python: OSError)
class file_error : public error {
  using error::error;
};
/// Anything that a device reports; the message carries the device's own words.
class device_error : public error {
  using error::error;
};
/// A kernel that did not compile or broke a rule of the device; the message holds its name and its text with line
/// numbers.
class kernel_error : public device_error {
  using device_error::device_error;
};
/// An allocation that the device refused.
class out_of_memory : public device_error {
  using device_error::device_error;
};
/// The device is gone (reset, crashed, destroyed); arrays that lived on it are gone too.
class device_lost : public device_error {
  using device_error::device_error;
};
/// A wait that took longer than its limit.
class timeout_error : public device_error {
  using device_error::device_error;
};

namespace detail {

inline void append_text(std::string& out, std::string_view text) { out += text; }
inline void append_text(std::string& out, std::int64_t value) { out += std::to_string(value); }
inline void append_text(std::string& out, int value) { out += std::to_string(value); }
inline void append_text(std::string& out, std::size_t value) { out += std::to_string(value); }

/// Joins texts and integers into one message.
template <class... Parts> std::string message(Parts const&... parts) {
  std::string out;
  (append_text(out, parts), ...);
  return out;
}

/// Text as a template argument, for sentences in constraints.
template <std::size_t N> struct fixed_string {
  char text[N]{};
  consteval fixed_string(char const (&s)[N]) { std::copy_n(s, N, text); }
  constexpr std::string_view view() const { return {text, N - 1}; }
};

/// Always false; `condition || unsatisfied<"sentence">` makes the compiler print the sentence when the condition fails.
template <fixed_string Sentence, class... Types>
concept unsatisfied = sizeof(Sentence) == 0;

}  // namespace detail
}  // namespace ndfuse
