// bench: how fast this machine is with one's own brand folder. A crowd is made up from the folder
// (its facts, events, products), in a directory of its own that is removed at the end: durable
// events a second, the time of a decision for each slot and for all of a page. What the engine does
// with a fixed world, beside the floor of each figure, is script/bench.
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>

#include "ground/base/dice.h"
#include "ground/base/json.h"
#include "serve/app/commands.h"
#include "serve/partition/answer.h"

namespace aizuchi::serve {

using ground::ErrorCode;
using ground::FactType;
using ground::fail;
using ground::JsonWriter;
using ground::Result;
using ground::Value;

namespace {

constexpr size_t people = 2'000;  // the first half is asked for slot by slot, the other all at once
constexpr size_t events_a_batch = 100;
constexpr size_t in_flight_max = 16;
constexpr size_t slots_a_call_max = 50;

class Stopwatch {
 public:
  explicit Stopwatch(ground::Clock& clock) : clock_(clock), began_us_(clock.monotonic_us()) {}
  double seconds() const { return static_cast<double>(clock_.monotonic_us() - began_us_) * 1e-6; }

 private:
  ground::Clock& clock_;
  const int64_t began_us_;
};

// A new directory, and the keyring beside it, for as long as the command runs.
class Scratch {
 public:
  static Result<Scratch> make(const std::string& under) {
    std::error_code error;
    const std::filesystem::path parent =
        under.empty() ? std::filesystem::temp_directory_path(error) : std::filesystem::path(under);
    std::string path = (parent / "aizuchi-bench-XXXXXX").string();
    if (error || ::mkdtemp(path.data()) == nullptr)
      return fail(ErrorCode::unavailable,
                  fmt::format("No directory can be made in {}.", parent.string()),
                  "Name one on the disk that is to be measured: --in DIR");
    return Scratch(path);
  }
  explicit Scratch(std::string path) : path_(std::move(path)) {}
  Scratch(Scratch&& other) noexcept : path_(std::exchange(other.path_, {})) {}
  Scratch& operator=(Scratch&&) = delete;
  ~Scratch() {
    std::error_code ignored;
    if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
  }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

// Synced writes of 100 KB a second, about what a group of batches is: the disk's own bound.
Result<double> fsyncs_per_second(const std::string& directory, ground::Clock& clock) {
  const std::string path = directory + "/fsync";
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
  const std::string block(100 << 10, 'x');
  const Stopwatch watch(clock);
  uint64_t n = 0;
  bool fine = fd >= 0;
  for (; fine && watch.seconds() < 0.5; ++n)
    fine = ::write(fd, block.data(), block.size()) == static_cast<ssize_t>(block.size()) &&
           ::fdatasync(fd) == 0;
  const double took = watch.seconds();
  if (fd >= 0) ::close(fd);
  if (!fine) return fail(ErrorCode::unavailable, fmt::format("{} cannot be written.", path));
  return static_cast<double>(n) / took;
}

// Users as the folder could know them, always the same ones.
class Crowd {
 public:
  explicit Crowd(const ground::Snapshot& snapshot) : snapshot_(snapshot), dice_(7) {}

  static std::string person(size_t i) { return fmt::format("bench-{}", i); }

  // Everyone says yes to everything and what they are.
  std::string introduction(size_t first) {
    return batch(first, [&](JsonWriter& out, size_t of) {
      out.member("type", of % 2 == 0 ? "identify" : "track");
      if (of % 2 == 0) {
        write_facts(out.key("traits"));
      } else {
        out.member("event", "Consent Updated").key("properties").object().key("purposes").object();
        for (const ground::Purpose& purpose : snapshot_.purposes) out.member(purpose.name, true);
        out.end_object().end_object();
      }
      return of / 2;
    });
  }
  // One of the folder's events each, about one of its products.
  std::string behaviour() {
    return batch(0, [&](JsonWriter& out, size_t) {
      const size_t kind = below(snapshot_.events.size() + 1);
      out.member("type", kind == snapshot_.events.size() ? "page" : "track");
      if (kind < snapshot_.events.size()) out.member("event", snapshot_.events[kind].name);
      write_properties(out.key("properties"));
      return below(people);
    });
  }

 private:
  template <typename Write>
  std::string batch(size_t first, const Write& write) {
    JsonWriter out;
    out.object().key("batch").array();
    for (size_t i = 0; i < events_a_batch; ++i) {
      out.object();
      const size_t who = write(out, first * 2 + i);
      out.member("userId", person(who % people));
      out.member("messageId", fmt::format("bench-{}", ++serial_)).end_object();
    }
    return out.end_array().end_object().take();
  }
  void write_facts(JsonWriter& out) {
    out.object();
    for (const ground::FactRule& fact : snapshot_.facts)
      if (!fact.derived) out.key(fact.name).value(some(fact));
    out.end_object();
  }
  void write_properties(JsonWriter& out) {
    out.object();
    if (!snapshot_.products.empty()) {
      const ground::Product& product = snapshot_.products[below(snapshot_.products.size())];
      out.member("product_id", product.name_id).member("category", product.category);
      out.member("price", product.price).member("quantity", int64_t{1});
      out.key("products").array().object().member("product_id", product.name_id);
      out.member("price", product.price).end_object().end_array();
    }
    out.end_object();
  }
  Value some(const ground::FactRule& fact) {
    switch (fact.type) {
      case FactType::boolean:
        return Value(below(2) == 0);
      case FactType::integer:
      case FactType::real:
      case FactType::axis:
        return Value(static_cast<int64_t>(below(2)));
      case FactType::enumeration:
        return Value(fact.of[below(fact.of.size())]);
      case FactType::date:
        return Value("2020-04-01");
      case FactType::email:
        return Value("someone@example.com");
      case FactType::url:
        return Value("https://example.com/");
      case FactType::string:
      case FactType::strings:
      case FactType::values:
        break;
    }
    return Value(fmt::format("something {}", below(100)));
  }

  size_t below(size_t n) { return static_cast<size_t>(dice_.next_u64() % n); }

  const ground::Snapshot& snapshot_;
  ground::SeededDice dice_;
  uint64_t serial_ = 0;
};

struct Spread {
  double p50_us = 0, p99_us = 0;
  double chosen = 0;  // share of the answers that are no default
};

struct SlotFigure {
  std::string name;
  Spread time;
};

struct Figures {
  double publish_ms = 0, events_per_s = 0, fsyncs_per_s = 0, bytes_a_person = 0;
  size_t slots = 0, items = 0, slots_a_call = 0;
  std::vector<SlotFigure> one;  // the slowest first
  Spread all;
};

class Bench {
 public:
  Bench(Partition& partition, double seconds) : partition_(partition), seconds_(seconds) {}

  Result<void> introduce(Terminal& terminal) {
    const auto snapshot = partition_.snapshot();
    Crowd crowd(*snapshot);
    const size_t step = events_a_batch / 2;
    for (size_t first = 0; first < people; first += step) {
      for (const ground::Source& source : snapshot->sources)
        TRY(partition_.ingest_and_wait(crowd.introduction(first), operator_key(source.name)));
      partition_.tick();
      terminal.progress("making people up", first + step, people);
    }
    terminal.end_progress();
    return {};
  }

  // Durable events a second, with as many batches under way as that many clients would have.
  Result<double> events_per_second() {
    const auto snapshot = partition_.snapshot();
    Crowd crowd(*snapshot);
    for (size_t i = 0; i < 100; ++i) bodies_.push_back(crowd.behaviour());
    const Key key = operator_key(snapshot->sources.front().name);
    const Stopwatch watch(partition_.clock());
    uint64_t durable = 0, serial = 0;
    size_t flying = 0;
    Result<void> outcome;
    const auto done = [&](const Result<Ingested>& ingested) {
      --flying;
      if (ingested) durable += ingested->accepted;
      if (!ingested) outcome = std::unexpected(ingested.error());
    };
    while (outcome && (flying > 0 || watch.seconds() < seconds_)) {
      if (flying < in_flight_max && watch.seconds() < seconds_) {
        ++flying;
        partition_.ingest(fresh(bodies_[serial % bodies_.size()], serial), std::nullopt, key, done);
        ++serial;
        continue;
      }
      partition_.tick();  // runs `done` of what has become durable
      ::usleep(50);
    }
    while (flying > 0) partition_.tick();
    TRY(std::move(outcome));
    return static_cast<double>(durable) / watch.seconds();
  }

  // Each of `count` people from `first` on is asked about once, as on their first visit.
  Spread decide(const std::vector<std::string>& slots, size_t first, size_t count) {
    const Key key = operator_key(partition_.snapshot()->sources.front().name);
    Ask ask{.slots = slots, .explain = Explain::person};
    ask.context = Value::map({{Value("page"), Value("/")}, {Value("device"), Value("phone")}});
    std::vector<double> us;
    size_t chosen = 0;
    for (size_t i = first; i < first + count; ++i) {
      ask.person.user_id = Crowd::person(i);
      const Stopwatch watch(partition_.clock());
      const Answer answer = partition_.decide(ask, key);
      us.push_back(watch.seconds() * 1e6);
      for (const auto& slot : answer.draft.slots)
        chosen += slot.reason == decide::Reason::chosen ? 1 : 0;
      if (i % 64 == 0) partition_.tick();
    }
    std::ranges::sort(us);
    return {us[us.size() / 2], us[us.size() * 99 / 100],
            static_cast<double>(chosen) / static_cast<double>(count * slots.size())};
  }

 private:
  // The same events under messageIds that are new: "bench-" becomes "N-bench-".
  static std::string fresh(std::string body, uint64_t serial) {
    constexpr std::string_view name = R"("messageId":")";
    const std::string with = fmt::format("{}{}-", name, serial);
    std::string out;
    size_t from = 0;
    for (size_t at = body.find(name); at != std::string::npos; at = body.find(name, from)) {
      out.append(body, from, at - from).append(with);
      from = at + name.size();
    }
    return out.append(body, from);
  }

  Partition& partition_;
  const double seconds_;
  std::vector<std::string> bodies_;
};

Result<Figures> measure(const CommandOptions& options, Terminal& terminal) {
  const Scratch scratch = TRY(Scratch::make(options.to));
  const auto partition = TRY(Partition::open(
      {.data_directory = scratch.path() + "/data", .keyring_directory = scratch.path() + "/keys"}));
  Figures out;
  out.fsyncs_per_s = TRY(fsyncs_per_second(scratch.path(), partition->clock()));
  const ground::BrandFiles files = TRY(ground::read_brand_folder(options.argument));
  const Stopwatch publishing(partition->clock());
  const Published published = TRY(partition->publish(files));
  out.publish_ms = publishing.seconds() * 1000;
  const auto snapshot = partition->snapshot();
  if (!snapshot)
    return fail(ErrorCode::invalid, fmt::format("{} has mistakes.", options.argument),
                fmt::format("aizuchi check {}", options.argument));
  if (snapshot->sources.empty() || snapshot->slots.empty())
    return fail(
        ErrorCode::invalid,
        fmt::format("{} has no source or no slot: there is nothing to measure.", options.argument),
        "docs/brand.md, sources.yaml and slots/");
  out.slots = snapshot->slots.size();
  out.items = snapshot->items.size();
  Bench bench(*partition, options.seconds);
  TRY(bench.introduce(terminal));
  out.events_per_s = TRY(bench.events_per_second());
  TRY(partition->flush());
  std::vector<std::string> page;
  for (const ground::Slot& slot : snapshot->slots) {
    out.one.push_back({slot.name, bench.decide({slot.name}, 0, people / 2)});
    if (page.size() < slots_a_call_max) page.push_back(slot.name);
    terminal.progress("deciding", out.one.size(), out.slots);
  }
  terminal.end_progress();
  std::ranges::sort(out.one, std::greater<>{}, [](const SlotFigure& f) { return f.time.p50_us; });
  out.slots_a_call = page.size();
  out.all = bench.decide(page, people / 2, people / 2);
  partition->tick();
  const Counters& counters = partition->counters();
  out.bytes_a_person = static_cast<double>(counters.people_cached_bytes) /
                       static_cast<double>(std::max<uint64_t>(1, counters.people_cached));
  return out;
}

JsonWriter& write(JsonWriter& out, const Spread& spread) {
  return out.member("p50Us", spread.p50_us)
      .member("p99Us", spread.p99_us)
      .member("chosen", spread.chosen);
}

std::string as_json(const Figures& f) {
  JsonWriter out;
  out.object().member("slots", f.slots).member("items", f.items);
  out.member("publishMs", f.publish_ms).member("eventsPerSecond", f.events_per_s);
  out.member("fsyncsPerSecond", f.fsyncs_per_s).member("bytesAPerson", f.bytes_a_person);
  out.key("one").array();
  for (const SlotFigure& slot : f.one)
    write(out.object().member("slot", slot.name), slot.time).end_object();
  out.end_array().key("all").object().member("slots", f.slots_a_call);
  return write(out, f.all).end_object().end_object().take();
}

void print(const Figures& f, const std::string& folder, Terminal& terminal) {
  constexpr size_t shown_max = 5;
  const auto row = [&](std::string_view what, const std::string& figure, const std::string& note) {
    terminal.data(fmt::format("{:<11} {:>16}   {}", what, figure, note));
  };
  const auto time = [](const Spread& s) {
    return fmt::format("{:.0f} us, p99 {:.0f}", s.p50_us, s.p99_us);
  };
  terminal.data(terminal.bold(
      fmt::format("{}: {} slots, {} items; {} people made up", folder, f.slots, f.items, people)));
  row("publish", fmt::format("{:.0f} ms", f.publish_ms), "check and compile");
  row("events", fmt::format("{:.0f} /s", f.events_per_s),
      fmt::format("durable, in batches of {}; the disk does {:.0f} fsyncs/s of 100 KB",
                  events_a_batch, f.fsyncs_per_s));
  for (size_t i = 0; i < std::min(shown_max, f.one.size()); ++i)
    row(i == 0 ? "one slot" : "", time(f.one[i].time),
        fmt::format("{}; chosen for {:.0f} %, else the default", f.one[i].name,
                    f.one[i].time.chosen * 100));
  if (f.one.size() > shown_max)
    row("", "", fmt::format("and {} faster ones (--json shows all)", f.one.size() - shown_max));
  row("one call", time(f.all),
      fmt::format("for {} slots; {:.0f} % of them chosen", f.slots_a_call, f.all.chosen * 100));
  row("a person", fmt::format("{:.1f} KB", f.bytes_a_person / 1024), "at hand, in memory");
}

}  // namespace

Outcome run_bench(const CommandOptions& options, Terminal& terminal) {
  const Figures figures = TRY(measure(options, terminal));
  if (options.json)
    terminal.data(as_json(figures));
  else
    print(figures, options.argument, terminal);
  return exit_ok;
}

}  // namespace aizuchi::serve
