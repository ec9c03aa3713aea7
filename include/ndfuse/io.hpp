#pragma once
/// @file Files of NumPy's: .npy (one array) and .npz (several, in a zip archive), as bytes or by path.
///
/// All of ndfuse's element types, in any byte order, row-major or in Fortran's order. Structures, Python objects, texts
/// and dates are refused. Members of .npz may be stored or deflated (decompressed by code of our own, so that no
/// program needs zlib); they are written stored. Files are read whole into host memory. In a page a path is one of
/// Emscripten's file system; what was fetched is handed in as bytes.

#include <ndfuse/array.hpp>
#include <ndfuse/host/npy.hpp>
#include <ndfuse/host/zip.hpp>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

namespace ndfuse {

/// An array from a file, in host memory. It becomes an array of the type that it has by being assigned to one:
/// `nf::array<float> x = nf::load("x.npy");`
class loaded_array {
 public:
  loaded_array(detail::npy x, std::string name) : x_(std::move(x)), name_(std::move(name)) {}

  ndfuse::dtype dtype() const { return x_.type; }
  ndfuse::shape const& shape() const { return x_.layout.shape; }
  /// An array on the current device, by one copy; throws dtype_error when the file's elements are not of type T.
  template <element T> array<T> as() const {
    check<T>();
    runtime::device& d = is_wide(x_.type) ? static_cast<runtime::device&>(runtime::cpu()) : runtime::current();
    runtime::tensor t{d.allocate(x_.layout.size(), x_.type), x_.layout, x_.type};
    d.upload(*t.memory, 0, x_.layout.size(), x_.type, x_.bytes.data());
    return array<T>(std::move(t));
  }
  template <element T, extents_type E> operator array<T, E>() const { return array<T, E>(as<T>().impl()); }
  /// The elements in host memory, row-major; throws dtype_error when they are not of type T.
  template <element T> host_array<T> to_host() const {
    check<T>();
    host_array<T> out(shape());
    std::byte* to = reinterpret_cast<std::byte*>(out.data());
    detail::for_each_offset(x_.layout, [&](index k) {
      std::memcpy(to, x_.bytes.data() + std::size_t(k) * sizeof(T), sizeof(T));
      to += sizeof(T);
    });
    return out;
  }

 private:
  template <element T> void check() const {
    if (dtype_of<T> != x_.type)
      throw dtype_error(detail::message(name_, " holds elements of ", name(x_.type), ", not of ", name(dtype_of<T>),
                                        ": load it as what it is, and convert it with nf::astype"));
  }
  detail::npy x_;
  std::string name_;
};

/// The array in the bytes of a .npy file. Throws value_error for other bytes, for a file that is cut short, and for
/// elements that ndfuse does not have. (numpy.load)
inline loaded_array load_npy(std::span<std::byte const> file, std::string const& name = "load_npy") {
  return {detail::parse_npy(file, name), name};
}

/// The arrays in a .npz file, by name; each is unpacked when it is asked for.
class npz_file {
 public:
  explicit npz_file(std::vector<std::byte> file, std::string name = "load_npz")
      : file_(std::move(file)), name_(std::move(name)), members_(detail::zip_directory(file_, name_)) {}

  /// The arrays' names, in the file's order.
  std::vector<std::string> names() const {
    std::vector<std::string> names;
    for (detail::zip_member const& m : members_) names.push_back(plain(m));
    return names;
  }
  bool contains(std::string_view name) const { return find(name) != nullptr; }
  /// The array of this name; throws value_error when there is none, or when its bytes are damaged.
  loaded_array operator[](std::string_view name) const {
    detail::zip_member const* const m = find(name);
    if (m == nullptr) throw value_error(detail::message(name_, ": there is no array '", name, "' in this file"));
    return load_npy(detail::zip_read(file_, *m, name_), detail::message(name_, ": ", name));
  }

 private:
  static std::string plain(detail::zip_member const& m) {
    return m.name.ends_with(".npy") ? m.name.substr(0, m.name.size() - 4) : m.name;
  }
  detail::zip_member const* find(std::string_view name) const {
    for (detail::zip_member const& m : members_)
      if (m.name == name || plain(m) == name) return &m;
    return nullptr;
  }
  std::vector<std::byte> file_;
  std::string name_;
  std::vector<detail::zip_member> members_;
};
inline npz_file load_npz(std::span<std::byte const> file) { return npz_file({file.begin(), file.end()}); }

namespace detail {
class open_file {
 public:
  open_file(std::string const& path, char const* mode) : path_(path), file_(std::fopen(path.c_str(), mode)) {
    if (file_ == nullptr) fail(*mode == 'r' ? "open" : "write");
  }
  ~open_file() {
    if (file_ != nullptr) std::fclose(file_);
  }
  open_file(open_file const&) = delete;

  std::vector<std::byte> read() {
    std::vector<std::byte> bytes;
    for (std::size_t have = 0;;) {  // by pieces: pipes have no size
      bytes.resize(have + std::max<std::size_t>(have, 1 << 16));
      std::size_t const got = std::fread(bytes.data() + have, 1, bytes.size() - have, file_);
      have += got;
      if (got > 0) continue;
      if (std::ferror(file_) != 0) fail("read");
      bytes.resize(have);
      return bytes;
    }
  }
  void write(std::span<std::byte const> bytes) {
    bool const written = std::fwrite(bytes.data(), 1, bytes.size(), file_) == bytes.size();
    bool const closed = std::fclose(std::exchange(file_, nullptr)) == 0;
    if (!written || !closed) fail("write");
  }

 private:
  [[noreturn]] void fail(char const* what) const {
    throw file_error(message("cannot ", what, " ", path_, ": ", std::strerror(errno)));
  }
  std::string path_;
  std::FILE* file_;
};

inline std::string with_ending(std::string path, std::string_view ending) {
  return path.ends_with(ending) ? path : path.append(ending);
}
}  // namespace detail

/// The array in a .npy file (numpy.load). Throws file_error when it cannot be read, else as load_npy does.
inline loaded_array load(std::string const& path) {
  auto const bytes = detail::open_file(path, "rb").read();
  if (bytes.size() >= 4 && detail::little(bytes, 0, 4) == 0x04034b50)
    throw value_error(detail::message(path, ": this is an archive of several arrays: load it by nf::load_npz"));
  return load_npy(bytes, path);
}
/// The arrays in a .npz file (numpy.load).
inline npz_file load_npz(std::string const& path) { return npz_file(detail::open_file(path, "rb").read(), path); }

/// The bytes of a .npy file of these elements, the same as numpy.save writes.
template <element T> std::vector<std::byte> npy_bytes(host_array<T> const& x) { return detail::make_npy(x); }
/// The same of an array or expression, waiting for its value.
template <expression X> std::vector<std::byte> npy_bytes(X const& x) { return detail::make_npy(to_host(x)); }

/// Writes a .npy file (numpy.save); `path` gets the ending .npy where it has none. Waits for the value. Throws
/// file_error.
template <class X>
  requires expression<X> || detail::is_host_array<X>
void save(std::string const& path, X const& x) {
  auto const bytes = npy_bytes(x);
  detail::open_file(detail::with_ending(path, ".npy"), "wb").write(bytes);
}

/// An array with its name in a .npz file.
struct named_array {
  template <class X>
    requires expression<X> || detail::is_host_array<X>
  named_array(std::string n, X const& x) : name(std::move(n)), npy(npy_bytes(x)) {}
  std::string name;
  std::vector<std::byte> npy;
};

/// The bytes of a .npz file: `nf::npz_bytes({{"x", x}, {"bias", bias}})`. Throws value_error when a name is there
/// twice.
inline std::vector<std::byte> npz_bytes(std::initializer_list<named_array> arrays) {
  detail::zip_writer zip;
  for (named_array const& a : arrays) {
    for (named_array const* other = arrays.begin(); other != &a; ++other)
      if (other->name == a.name)
        throw value_error(detail::message("savez: there are two arrays of the name '", a.name, "'"));
    zip.add(a.name + ".npy", a.npy);
  }
  return zip.finish();
}
/// Writes a .npz file (numpy.savez), its members not compressed; `path` gets the ending .npz where it has none.
inline void savez(std::string const& path, std::initializer_list<named_array> arrays) {
  auto const bytes = npz_bytes(arrays);
  detail::open_file(detail::with_ending(path, ".npz"), "wb").write(bytes);
}

}  // namespace ndfuse
