#pragma once
/// @file The .npy format (NumPy's NEP 1), versions 1.0, 2.0 and 3.0: one array in a stream of bytes.

#include <ndfuse/host/host_array.hpp>

#include <bit>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ndfuse::detail {

/// An array as it stands in a file, its elements in this machine's byte order.
struct npy {
  dtype type = dtype::float32;
  view layout;  // of the elements in `bytes`: row-major, or reversed for Fortran's order
  std::vector<std::byte> bytes;
};

/// The literal that a .npy header is: a Python dict of the three things that a reader must know.
class npy_header_parser {
 public:
  npy_header_parser(std::string_view text, std::string const& who) : text_(text), who_(who) {}

  std::string descr;
  bool fortran_order = false;
  index_list extents;

  void parse() {
    bool seen[3]{};
    expect('{');
    while (!take('}')) {
      std::string const key = string_literal();
      expect(':');
      int const which = key == "descr" ? 0 : key == "fortran_order" ? 1 : key == "shape" ? 2 : 3;
      if (which == 3 || std::exchange(seen[which], true)) fail("its key '" + key + "' is unknown or there twice");
      if (which == 0) descr = type_literal();
      else if (which == 1) fortran_order = bool_literal();
      else shape_literal();
      if (!take(',')) {
        expect('}');
        break;
      }
    }
    if (!seen[0] || !seen[1] || !seen[2]) fail("it must have the keys 'descr', 'fortran_order' and 'shape'");
    skip();
    if (at_ != text_.size()) fail("there is more behind it");
  }

 private:
  [[noreturn]] void fail(std::string const& why) const {
    throw value_error(message(who_, ": cannot parse the header: ", why));
  }
  void skip() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\n' || text_[at_] == '\t' || text_[at_] == '\r'))
      ++at_;
  }
  bool take(char c) {
    skip();
    if (at_ == text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  void expect(char c) {
    if (!take(c)) fail(message("'", std::string(1, c), "' is missing at character ", at_));
  }
  std::string string_literal() {
    skip();
    char const quote = at_ < text_.size() ? text_[at_] : ' ';
    if (quote != '\'' && quote != '"') fail(message("a string is missing at character ", at_));
    std::size_t const end = text_.find(quote, at_ + 1);
    if (end == text_.npos) fail("a string does not end");
    std::string const s(text_.substr(at_ + 1, end - at_ - 1));
    at_ = end + 1;
    return s;
  }
  std::string type_literal() {
    skip();
    if (at_ < text_.size() && text_[at_] == '[')
      throw value_error(message(who_, ": its elements are structures (", text_.substr(at_, text_.find(']', at_) - at_),
                                "]), which are not supported: save each field as an array of its own"));
    return string_literal();
  }
  bool bool_literal() {
    skip();
    for (bool const value : {true, false}) {
      std::string_view const word = value ? "True" : "False";
      if (!text_.substr(at_).starts_with(word)) continue;
      at_ += word.size();
      return value;
    }
    fail(message("True or False is missing at character ", at_));
  }
  void shape_literal() {
    expect('(');
    while (!take(')')) {
      skip();
      std::size_t const begin = at_;
      index value = 0;
      for (; at_ < text_.size() && text_[at_] >= '0' && text_[at_] <= '9'; ++at_) {
        if (value > INT64_MAX / 16 / 10) fail("an extent is too large");
        value = 10 * value + (text_[at_] - '0');
      }
      if (at_ == begin) fail(message("an extent is missing at character ", at_));
      if (at_ < text_.size() && text_[at_] == 'L') ++at_;  // written by Python 2
      extents.push_back(value);
      if (!take(',')) {
        expect(')');
        break;
      }
    }
  }

  std::string_view text_;
  std::string const& who_;
  std::size_t at_ = 0;
};

/// NumPy's letter and size of a type, such as "f4".
inline std::string type_code(dtype t) {
  char const letter = "biufc"[std::size_t(kind(t))];
  return letter + std::to_string(size_of(t));
}

/// The bytes of words of `size` bytes, reversed in each.
inline void swap_bytes(std::span<std::byte> bytes, std::size_t size) {
  for (std::size_t first = 0; first + size <= bytes.size(); first += size)
    for (std::size_t k = 0; k < size / 2; ++k) std::swap(bytes[first + k], bytes[first + size - 1 - k]);
}

/// Little-endian numbers, wherever they lie.
inline std::uint64_t little(std::span<std::byte const> bytes, std::size_t at, std::size_t size) {
  std::uint64_t value = 0;
  for (std::size_t k = size; k-- > 0;) value = value << 8 | std::uint64_t(bytes[at + k]);
  return value;
}
inline void put_little(std::vector<std::byte>& to, std::uint64_t value, std::size_t size) {
  for (std::size_t k = 0; k < size; ++k) to.push_back(std::byte(value >> (8 * k) & 0xff));
}

/// Reads one array from the front of `file`; `who` names it in errors. Throws value_error for what is no .npy file, is
/// cut short, or holds other elements than numbers and booleans.
inline npy parse_npy(std::span<std::byte const> file, std::string const& who) {
  static constexpr char magic[] = "\x93NUMPY";
  if (file.size() < 10 || std::memcmp(file.data(), magic, 6) != 0)
    throw value_error(message(who, ": this is not a .npy file: it does not begin with \\x93NUMPY"));
  int const major = int(file[6]), minor = int(file[7]);
  if (major < 1 || major > 3 || minor != 0)
    throw value_error(
        message(who, ": we only support format version (1,0), (2,0), and (3,0), not (", major, ",", minor, ")"));
  std::size_t const length_size = major == 1 ? 2 : 4;
  if (file.size() < 8 + length_size) throw value_error(message(who, ": the file ends in its header"));
  std::size_t const length = std::size_t(little(file, 8, length_size)), begin = 8 + length_size;
  if (file.size() - begin < length) throw value_error(message(who, ": the file ends in its header"));

  npy_header_parser header({reinterpret_cast<char const*>(file.data()) + begin, length}, who);
  header.parse();

  npy x;
  std::string const& descr = header.descr;
  std::optional<dtype> type;
  for (std::size_t k = 0; k < dtype_count; ++k)
    if (descr.size() > 1 && descr.substr(1) == type_code(dtype(k))) type = dtype(k);
  if (descr == "|O") throw value_error(message(who, ": its elements are Python objects, which are not supported"));
  char const order = descr.empty() ? ' ' : descr[0];
  if (!type || (order != '<' && order != '>' && order != '=' && order != '|'))
    throw value_error(message(who, ": elements of the type '", descr, "' are not supported"));
  x.type = *type;

  if (header.fortran_order) {
    shape reversed;
    for (std::size_t d = header.extents.size(); d-- > 0;) reversed.push_back(header.extents[d]);
    x.layout = transpose(contiguous_view(reversed));
  } else {
    x.layout = contiguous_view(header.extents);
  }
  std::uint64_t const wanted = std::uint64_t(x.layout.size()) * size_of(x.type), there = file.size() - begin - length;
  if (there < wanted)
    throw value_error(
        message(who, ": the file ends after ", index(there), " of the ", index(wanted), " bytes of its elements"));
  auto const elements = file.subspan(begin + length, std::size_t(wanted));
  x.bytes.assign(elements.begin(), elements.end());
  bool const foreign = order == '>' ? std::endian::native == std::endian::little
                                    : order == '<' && std::endian::native == std::endian::big;
  if (foreign) swap_bytes(x.bytes, is_complex(x.type) ? size_of(x.type) / 2 : size_of(x.type));
  if (is_bool(x.type))
    for (std::byte& b : x.bytes) b = std::byte(b != std::byte(0));
  return x;
}

/// A .npy file of a host array, the same bytes as numpy.save writes.
template <element T> std::vector<std::byte> make_npy(host_array<T> const& x) {
  std::string shape_text = "(";
  for (std::size_t d = 0; d < x.shape().size(); ++d) shape_text += (d > 0 ? ", " : "") + std::to_string(x.shape()[d]);
  shape_text += x.shape().size() == 1 ? ",)" : ")";
  char const order = size_of(dtype_of<T>) == 1 ? '|' : std::endian::native == std::endian::little ? '<' : '>';
  std::string header =
      "{'descr': '" + (order + type_code(dtype_of<T>)) + "', 'fortran_order': False, 'shape': " + shape_text + ", }";
  // NumPy leaves room for the first extent to grow, and begins the elements at a multiple of 64 bytes.
  if (!x.shape().empty()) header.append(21 - std::to_string(x.shape()[0]).size(), ' ');
  header.append(64 - (10 + header.size() + 1) % 64, ' ');
  header += '\n';
  std::vector<std::byte> file;
  std::size_t const size = x.size() * sizeof(typename host_array<T>::stored);
  file.reserve(10 + header.size() + size);
  for (char const c : std::string_view("\x93NUMPY\x01\x00", 8)) file.push_back(std::byte(c));
  put_little(file, header.size(), 2);
  auto const* const text = reinterpret_cast<std::byte const*>(header.data());
  file.insert(file.end(), text, text + header.size());
  auto const* const elements = reinterpret_cast<std::byte const*>(x.data());
  file.insert(file.end(), elements, elements + size);
  return file;
}

}  // namespace ndfuse::detail
