// bench_engine ROW [--quick] [--port N] [--rounds N] [--data DIR]: the part of script/bench that is
// in process.
#include <cstdio>
#include <cstdlib>
#include <map>
#include <string>

#include "bench/measure.h"

int main(int argc, char** argv) {
  using namespace aizuchi::bench;
  const std::map<std::string, int (*)(const BenchOptions&)> rows{
      {"decide-core", run_decide_core},
      {"decide-learned", run_decide_learned},
      {"decide-history", run_decide_history},
      {"decide-slots", run_decide_slots},
      {"ingest", run_ingest},
      {"serve", run_serve},
      {"bare-server", run_bare_server},
      {"people-make", run_people_make},
      {"people", run_people},
      {"counted", run_counted},
      {"session-next", run_session_next},
      {"train-topn", run_train_topn},
      {"question", run_question}};
  BenchOptions options;
  for (int i = 2; i < argc; ++i) {
    const std::string word = argv[i];
    if (word == "--quick") options.quick = true;
    if (word == "--data" && i + 1 < argc) options.directory = argv[++i];
    if (word == "--port" && i + 1 < argc)
      options.port = static_cast<uint16_t>(std::atoi(argv[++i]));
    if (word == "--rounds" && i + 1 < argc) options.rounds = std::strtoul(argv[++i], nullptr, 10);
  }
  const auto row = argc > 1 ? rows.find(argv[1]) : rows.end();
  if (row != rows.end()) return row->second(options);
  std::fprintf(stderr, "bench_engine ROW [--quick] [--port N] [--rounds N]; rows:");
  for (const auto& [name, run] : rows) std::fprintf(stderr, " %s", name.c_str());
  std::fprintf(stderr, "\n");
  return 2;
}
