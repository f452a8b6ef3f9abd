#include "run.h"

#include <filesystem>

namespace grocery {

namespace fs = std::filesystem;

namespace {

constexpr uint64_t rehearsal_seed = 2017;

// What stands there already is replaced only when an earlier run wrote it.
bool may_replace(const std::string& out) {
  return !fs::exists(out) || fs::is_empty(out) || fs::exists(out + "/errors.csv");
}

// The brand folder as it will be published, but for the products.
void copy_brand(const Options& options) {
  const std::string brand = options.out + "/brand";
  fs::create_directories(options.out);
  for (const std::string& mine : {brand, options.out + "/store", options.out + "/store-keys"})
    fs::remove_all(mine);
  fs::copy(options.brand, brand, fs::copy_options::recursive);
}

std::string publish(aizuchi::Engine& engine, const std::string& brand) {
  const auto published = engine.publish(brand);
  if (!published) return published.error().message;
  std::string errors;
  for (const auto& finding : published->findings)
    if (finding.error) errors += finding.text + "\n";
  return published->live ? "" : "the brand folder has errors:\n" + errors;
}

void run_on(aizuchi::Engine& engine, const Options& options, ErrorFile& errors, Progress& progress,
            Outcome& out) {
  const Stopwatch stopwatch;
  out.problem = publish(engine, options.out + "/brand");
  out.publish = stopwatch.took();
  if (!out.problem.empty()) return;
  out.imported =
      import_tables(engine, options.data, out.catalog, options.as_of_ms, errors, progress);
  out.problem = out.imported.problem;
  if (!out.problem.empty()) return;
  out.decided =
      decide_everyone(engine, out.imported.everyone, options.out + "/decisions.ndjson", progress);
  out.problem = out.decided.problem;
}

}  // namespace

Outcome run(const Options& options) {
  Outcome out;
  Progress progress(options.progress);
  if (!may_replace(options.out)) {
    out.problem = options.out + " holds other things: name a folder that is new or empty";
    return out;
  }
  copy_brand(options);
  ErrorFile errors(options.out + "/errors.csv");
  out.catalog = import_products(options.data, options.out + "/brand",
                                read_list(options.sensitive_list), errors, progress);
  out.problem = out.catalog.problem;
  if (!out.problem.empty()) return out;

  aizuchi::EngineOptions engine_options{.now_ms = [at = options.as_of_ms] { return at; }};
  if (options.durable)
    engine_options.data_directory = options.out + "/store";
  else
    engine_options.seed = rehearsal_seed;
  const auto engine = aizuchi::Engine::open(std::move(engine_options));
  if (!engine)
    out.problem = engine.error().message;
  else
    run_on(**engine, options, errors, progress, out);
  out.errors = errors.count();
  return out;
}

}  // namespace grocery
