// What the rows have in common: a temporary directory that goes away, the clock, percentiles, the
// raw fsync rate, and one line of JSON per figure on standard output (bench/run.py reads it).
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace aizuchi::bench {

class TemporaryDirectory {
 public:
  TemporaryDirectory();
  ~TemporaryDirectory();  // removes it with all that is in it
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

using SteadyTime = std::chrono::steady_clock;
double seconds_since(SteadyTime::time_point start);

// Runs `work` and keeps how long each round took. CPU time would hide waiting; this does not.
class Timings {
 public:
  explicit Timings(size_t rounds) { ns_.reserve(rounds); }
  void round(const std::function<void()>& work);
  double percentile_us(double p);  // 50, 99; sorts

 private:
  std::vector<int64_t> ns_;
};

// How often a second one thread can append 100 KB (or `bytes`) to a file and sync it.
double raw_fsyncs(const std::string& directory, double seconds, size_t bytes);

// {"name": value, …} on a line of its own.
void print_figures(const std::vector<std::pair<std::string_view, double>>& figures);

struct BenchOptions {
  uint16_t port = 0;
  bool quick = false;
  std::string directory;  // where the people of the people rows are
  size_t rounds = 0;      // for profilers: so many and nothing else; 0: as the row likes
};

// The rows, one per command of bench_engine; each returns the exit code.
int run_decide_core(const BenchOptions& options);
int run_decide_learned(const BenchOptions& options);
int run_decide_history(const BenchOptions& options);
int run_decide_slots(const BenchOptions& options);
int run_ingest(const BenchOptions& options);
int run_serve(const BenchOptions& options);
int run_bare_server(const BenchOptions& options);
int run_people_make(const BenchOptions& options);
int run_people(const BenchOptions& options);
int run_counted(const BenchOptions& options);
int run_session_next(const BenchOptions& options);
int run_train_topn(const BenchOptions& options);
int run_question(const BenchOptions& options);

}  // namespace aizuchi::bench
