#include "bench/measure.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>

#include "ground/base/result.h"

namespace aizuchi::bench {

TemporaryDirectory::TemporaryDirectory() {
  std::string name = (std::filesystem::temp_directory_path() / "aizuchi-bench-XXXXXX").string();
  AIZ_ASSERT(::mkdtemp(name.data()) != nullptr);
  path_ = name;
}
TemporaryDirectory::~TemporaryDirectory() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

double seconds_since(SteadyTime::time_point start) {
  return std::chrono::duration<double>(SteadyTime::now() - start).count();
}

void Timings::round(const std::function<void()>& work) {
  const auto start = SteadyTime::now();
  work();
  ns_.push_back(
      std::chrono::duration_cast<std::chrono::nanoseconds>(SteadyTime::now() - start).count());
}

double Timings::percentile_us(double p) {
  AIZ_ASSERT(!ns_.empty());
  std::ranges::sort(ns_);
  const auto at = static_cast<size_t>(p / 100 * static_cast<double>(ns_.size() - 1));
  return static_cast<double>(ns_[at]) / 1000;
}

double raw_fsyncs(const std::string& directory, double seconds, size_t bytes) {
  const std::string path = directory + "/raw-fsync";
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  AIZ_ASSERT(fd >= 0);
  // Blocks reserved before, as the engine does with its log.
  AIZ_ASSERT(::fallocate(fd, FALLOC_FL_KEEP_SIZE, 0, 64 << 20) == 0);
  const std::string block(bytes, 'x');
  const auto start = SteadyTime::now();
  uint64_t n = 0;
  for (; seconds_since(start) < seconds; ++n) {
    AIZ_ASSERT(::write(fd, block.data(), bytes) == static_cast<ssize_t>(bytes));
    AIZ_ASSERT(::fdatasync(fd) == 0);
  }
  const double rate = static_cast<double>(n) / seconds_since(start);
  ::close(fd);
  ::unlink(path.c_str());
  return rate;
}

void print_figures(const std::vector<std::pair<std::string_view, double>>& figures) {
  std::printf("{");
  for (size_t i = 0; i < figures.size(); ++i)
    std::printf("%s\"%.*s\":%.6g", i == 0 ? "" : ",", static_cast<int>(figures[i].first.size()),
                figures[i].first.data(), figures[i].second);
  std::printf("}\n");
  std::fflush(stdout);
}

}  // namespace aizuchi::bench
