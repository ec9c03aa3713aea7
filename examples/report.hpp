#pragma once
/// @file What the examples leave behind: their results as raw files, and a report of what ran where and how fast.
///
/// The examples are written straight down and wait where they stand (nf::to_host, nf::item, synchronize), because that
/// is how such programs are simplest, and because it puts each way of waiting to work. Where nothing can block, a
/// program must co_await its reads instead: docs/getting-started.md shows one.

#include <ndfuse/ndfuse.hpp>

#include <chrono>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

namespace nf = ndfuse;

/// The report of one program, for one device. It ends as FOLDER/NAME.json; each run's result is beside it as
/// NAME.RUN.raw, row-major.
class report {
 public:
  report(std::string_view name, std::filesystem::path folder) : name_(name), folder_(std::move(folder)) {
    std::filesystem::create_directories(folder_);
  }

  /// Calls `work`, which returns an array, and then again for about two seconds (not at all when once took 5 seconds),
  /// each time until the device has finished. Notes both times, the kernels that the first call launched and compiled;
  /// reads the array and writes it to a file.
  template <class Work> auto run(std::string name, Work work) {
    auto const before = device_.memory_stats();
    auto const start = clock::now();
    auto result = work();
    device_.synchronize();
    double const first = milliseconds_since(start);
    auto const after = device_.memory_stats();

    int repeats = 0;
    auto const again = clock::now();
    while (first < 5000 && repeats < 20 && (repeats == 0 || milliseconds_since(again) < 2000)) {
      result = work();
      device_.synchronize();
      ++repeats;
    }
    double const repeated = repeats > 0 ? milliseconds_since(again) / repeats : first;

    auto const values = nf::to_host(result);
    std::string const file = name_ + "." + name + ".raw";
    write(file, {reinterpret_cast<char const*>(values.data()), values.size() * sizeof(*values.data())});

    std::string shape;
    for (nf::index n : values.shape()) append(shape, std::to_string(n));
    append(runs_, "{" + field("name", quoted(name)) + field("file", quoted(file)) +
                      field("dtype", quoted(nf::name(result.dtype()))) +
                      field("launches", after.launches - before.launches) +
                      field("pipelines", after.pipelines - before.pipelines) + field("first_ms", first) +
                      field("repeated_ms", repeated) + field("repeats", repeats) + "\"shape\": [" + shape + "]}");
    std::printf("%s, %s, on %s: %.1f ms, then %.1f ms\n", name_.c_str(), name.c_str(), device_.description().c_str(),
                first, repeated);
    return result;
  }

  /// Shows a number that was read back.
  void number(std::string_view name, double value) {
    char text[32];
    std::snprintf(text, sizeof text, "%.9g", value);
    append(numbers_, quoted(name) + ": " + text);
    std::printf("%s: %.*s %s\n", name_.c_str(), int(name.size()), name.data(), text);
  }

  /// Writes the report.
  void finish() const {
    auto const total = device_.memory_stats();
    write(name_ + ".json", "{" + field("name", quoted(name_)) + field("device", quoted(nf::name(device_.kind()))) +
                               field("adapter", quoted(device_.description())) +
                               field("waiting", quoted(nf::device::waiting())) + field("launches", total.launches) +
                               field("pipelines", total.pipelines) + field("uploaded_bytes", total.uploaded_bytes) +
                               field("read_bytes", total.read_bytes) + "\n\"runs\": [" + runs_ + "],\n\"numbers\": {" +
                               numbers_ + "}}\n");
  }

 private:
  using clock = std::chrono::steady_clock;
  static double milliseconds_since(clock::time_point start) {
    return std::chrono::duration<double, std::milli>(clock::now() - start).count();
  }
  static std::string quoted(std::string_view text) {
    std::string json = "\"";
    for (char c : text) {
      if (c == '\n') json += "\\n";
      else if (c == '"' || c == '\\') (json += '\\') += c;
      else json += c;
    }
    return json + '"';
  }
  static std::string field(std::string_view key, std::string const& json) { return quoted(key) + ": " + json + ", "; }
  static std::string field(std::string_view key, auto number) { return field(key, std::to_string(number)); }
  static void append(std::string& list, std::string const& item) { list += (list.empty() ? "" : ",\n") + item; }
  void write(std::string const& file, std::string_view bytes) const {
    std::ofstream out(folder_ / file, std::ios::binary);
    out.write(bytes.data(), std::streamsize(bytes.size()));
    if (!out.flush()) throw std::runtime_error("cannot write " + (folder_ / file).string());
  }

  std::string name_, runs_, numbers_;
  std::filesystem::path folder_;
  nf::device device_ = nf::device::current();
};

/// What main returns: `NAME [FOLDER]` runs the example and writes its results into FOLDER, or where it is.
/// An exception ends the program with a sentence and status 1.
inline int run_example(std::string name, void (*example)(report&), int argc, char** argv) {
  try {
    report out(name, argc > 1 ? argv[1] : ".");
    example(out);
    out.finish();
    return 0;
  } catch (std::exception const& e) {
    std::fprintf(stderr, "error: %s\n", e.what());
    return 1;
  }
}
