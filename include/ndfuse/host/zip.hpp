#pragma once
/// @file ZIP archives (PKWARE's APPNOTE 6.3.9), as .npz files are: reading, with members stored or deflated and zip64;
/// writing, with members stored.

#include <ndfuse/host/inflate.hpp>
#include <ndfuse/host/npy.hpp>

#include <array>
#include <string>
#include <vector>

namespace ndfuse::detail {

/// The CRC-32 of ISO 3309.
inline std::uint32_t crc32(std::span<std::byte const> bytes) {
  static constexpr auto table = [] {
    std::array<std::uint32_t, 256> t{};
    for (std::uint32_t k = 0; k < 256; ++k) {
      std::uint32_t c = k;
      for (int bit = 0; bit < 8; ++bit) c = (c & 1u) != 0 ? 0xedb88320u ^ (c >> 1) : c >> 1;
      t[k] = c;
    }
    return t;
  }();
  std::uint32_t c = 0xffffffffu;
  for (std::byte const b : bytes) c = table[(c ^ std::uint32_t(b)) & 0xffu] ^ (c >> 8);
  return ~c;
}

struct zip_member {
  std::string name;
  std::uint64_t compressed = 0, size = 0, offset = 0;  // the offset is that of its own header
  std::uint32_t crc = 0, method = 0, flags = 0;
};

/// The directory of an archive. Throws value_error for what is no archive, or broken.
inline std::vector<zip_member> zip_directory(std::span<std::byte const> file, std::string const& who) {
  auto const broken = [&] [[noreturn]] () { throw value_error(message(who, ": broken zip archive")); };
  auto const get = [&](std::uint64_t at, std::size_t size) {
    if (at > file.size() || file.size() - at < size) broken();
    return little(file, std::size_t(at), size);
  };
  // The last record, before a comment of at most 65535 bytes.
  std::size_t end = file.size();
  bool found = false;
  for (std::size_t back = 22; back <= file.size() && back <= 22 + 65535 && !found; ++back) {
    end = file.size() - back;
    found = little(file, end, 4) == 0x06054b50 && little(file, end + 20, 2) == back - 22;
  }
  if (!found) throw value_error(message(who, ": this is not a .npz file: it has no zip directory (or is cut short)"));
  std::uint64_t count = get(end + 10, 2), at = get(end + 16, 4);
  if (end >= 20 && little(file, end - 20, 4) == 0x07064b50) {
    std::uint64_t const wide = get(end - 20 + 8, 8);
    if (get(wide, 4) != 0x06064b50) broken();
    count = get(wide + 32, 8);
    at = get(wide + 48, 8);
  }
  std::vector<zip_member> members;
  for (std::uint64_t k = 0; k < count; ++k) {
    if (get(at, 4) != 0x02014b50) broken();
    zip_member m;
    m.flags = std::uint32_t(get(at + 8, 2));
    m.method = std::uint32_t(get(at + 10, 2));
    m.crc = std::uint32_t(get(at + 16, 4));
    m.compressed = get(at + 20, 4);
    m.size = get(at + 24, 4);
    m.offset = get(at + 42, 4);
    std::uint64_t const name = get(at + 28, 2), extra = get(at + 30, 2), comment = get(at + 32, 2);
    get(at + 46, std::size_t(name + extra));
    m.name.assign(reinterpret_cast<char const*>(file.data()) + at + 46, std::size_t(name));
    for (std::uint64_t field = at + 46 + name; field + 4 <= at + 46 + name + extra;) {
      std::uint64_t const id = get(field, 2), size = get(field + 2, 2);
      if (id == 1) {  // zip64: what did not fit above, in this order
        std::uint64_t value = field + 4;
        for (std::uint64_t* wide : {&m.size, &m.compressed, &m.offset})
          if (*wide == 0xffffffff) {
            if (value + 8 > field + 4 + size) broken();
            *wide = get(value, 8);
            value += 8;
          }
      }
      field += 4 + size;
    }
    at += 46 + name + extra + comment;
    members.push_back(std::move(m));
  }
  return members;
}

/// The bytes of a member, checked against its sum.
inline std::vector<std::byte> zip_read(std::span<std::byte const> file, zip_member const& m, std::string const& who) {
  std::string const whose = message(who, ": ", m.name);
  auto const broken = [&] [[noreturn]] (char const* why) { throw value_error(message(whose, ": ", why)); };
  if ((m.flags & 1u) != 0) broken("it is encrypted, which is not supported");
  if (m.offset > file.size() || file.size() - m.offset < 30 || little(file, std::size_t(m.offset), 4) != 0x04034b50)
    broken("broken zip archive");
  std::size_t const begin = std::size_t(m.offset) + 30 + std::size_t(little(file, std::size_t(m.offset) + 26, 2)) +
                            std::size_t(little(file, std::size_t(m.offset) + 28, 2));
  if (begin > file.size() || m.compressed > file.size() - begin) broken("the archive ends in this member");
  auto const packed = file.subspan(begin, std::size_t(m.compressed));
  std::vector<std::byte> bytes;
  if (m.method == 0) {
    if (m.compressed != m.size) broken("broken zip archive");
    bytes.assign(packed.begin(), packed.end());
  } else if (m.method == 8) {
    // 1032 is the most that deflate can do: a larger claim is no reason to ask for memory.
    if (m.size / 1032 > m.compressed) broken("broken zip archive");
    bytes = inflater(packed, std::size_t(m.size), whose).run();
  } else {
    throw value_error(
        message(whose, ": compressed by method ", int(m.method), "; only 0 (stored) and 8 (deflate) are known"));
  }
  if (crc32(bytes) != m.crc) broken("its checksum is wrong: the file is damaged");
  return bytes;
}

/// Writes archives. Sizes and offsets are always zip64's, so that any size takes the same path.
class zip_writer {
 public:
  void add(std::string const& name, std::span<std::byte const> bytes) {
    ++count_;
    std::uint64_t const offset = file_.size();
    std::uint32_t const sum = crc32(bytes);
    put(file_, 0x04034b50, 4);
    common(file_, name, sum, 20);
    zip64(file_, bytes.size(), nullptr);
    file_.insert(file_.end(), bytes.begin(), bytes.end());

    put(directory_, 0x02014b50, 4);
    put(directory_, 45, 2);
    common(directory_, name, sum, 28, true);
    zip64(directory_, bytes.size(), &offset);
  }
  std::vector<std::byte> finish() {
    std::uint64_t const begin = file_.size(), size = directory_.size(), count = count_;
    file_.insert(file_.end(), directory_.begin(), directory_.end());
    std::uint64_t const wide = file_.size();
    put(file_, 0x06064b50, 4);
    put(file_, 44, 8);
    put(file_, 45, 2), put(file_, 45, 2);
    put(file_, 0, 4), put(file_, 0, 4);
    put(file_, count, 8), put(file_, count, 8);
    put(file_, size, 8), put(file_, begin, 8);
    put(file_, 0x07064b50, 4);
    put(file_, 0, 4);
    put(file_, wide, 8);
    put(file_, 1, 4);
    put(file_, 0x06054b50, 4);
    put(file_, 0, 4);
    put(file_, 0xffff, 2), put(file_, 0xffff, 2);
    put(file_, 0xffffffff, 4), put(file_, 0xffffffff, 4);
    put(file_, 0, 2);
    return std::move(file_);
  }

 private:
  static void put(std::vector<std::byte>& to, std::uint64_t value, std::size_t size) { put_little(to, value, size); }
  /// What a member's own header and its entry in the directory share.
  static void common(std::vector<std::byte>& to, std::string const& name, std::uint32_t sum, std::uint64_t extra,
                     bool entry = false) {
    put(to, 45, 2);        // zip64 is needed to read it
    put(to, 0x800, 2);     // the name is UTF-8
    put(to, 0, 2);         // stored
    put(to, 0x210000, 4);  // 1980-01-01 00:00, as NumPy writes: the same arrays are the same bytes
    put(to, sum, 4);
    put(to, 0xffffffff, 4), put(to, 0xffffffff, 4);
    put(to, name.size(), 2);
    put(to, extra, 2);
    if (entry) {
      put(to, 0, 2), put(to, 0, 2), put(to, 0, 2);  // comment, disk, kind
      put(to, std::uint64_t(0600) << 16, 4);        // permissions
      put(to, 0xffffffff, 4);
    }
    for (char const c : name) to.push_back(std::byte(c));
  }
  static void zip64(std::vector<std::byte>& to, std::uint64_t size, std::uint64_t const* offset) {
    put(to, 1, 2);
    put(to, offset == nullptr ? 16 : 24, 2);
    put(to, size, 8), put(to, size, 8);
    if (offset != nullptr) put(to, *offset, 8);
  }

  std::vector<std::byte> file_, directory_;
  std::uint64_t count_ = 0;
};

}  // namespace ndfuse::detail
