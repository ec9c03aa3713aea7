#pragma once
/// @file Reads the files of expected values that tests/oracle/*.py have written.

#include <catch_amalgamated.hpp>

#include <ndfuse/core/dtype.hpp>
#include <ndfuse/ir/op.hpp>

#include <fstream>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace oracle {

inline std::ifstream open(std::string const& name, std::ios::openmode mode = std::ios::in) {
  std::ifstream file(std::string(NDFUSE_ORACLE_DIR) + "/" + name, mode);
  if (!file)
    throw std::runtime_error("cannot read " + std::string(NDFUSE_ORACLE_DIR) + "/" + name +
                             ": build the target ndfuse_oracle");
  return file;
}

inline std::vector<std::string> lines(std::string const& name) {
  auto file = open(name);
  std::vector<std::string> result;
  for (std::string line; std::getline(file, line);) result.push_back(line);
  return result;
}

inline std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  for (std::size_t at = 0;;) {
    std::size_t const end = text.find(separator, at);
    parts.push_back(text.substr(at, end == text.npos ? text.npos : end - at));
    if (end == text.npos) return parts;
    at = end + 1;
  }
}

inline std::optional<ndfuse::dtype> find_dtype(std::string_view name) {
  for (std::size_t k = 0; k < ndfuse::dtype_count; ++k)
    if (ndfuse::name(ndfuse::dtype(k)) == name) return ndfuse::dtype(k);
  return std::nullopt;
}
inline ndfuse::dtype dtype_named(std::string_view name) {
  auto const t = find_dtype(name);
  if (!t) throw std::runtime_error("no dtype " + std::string(name));
  return *t;
}
inline ndfuse::ir::opcode opcode_named(std::string_view name) {
  for (std::size_t k = 0; k < ndfuse::ir::op_count; ++k)
    if (ndfuse::ir::name(ndfuse::ir::opcode(k)) == name) return ndfuse::ir::opcode(k);
  throw std::runtime_error("no operation " + std::string(name));
}

}  // namespace oracle
