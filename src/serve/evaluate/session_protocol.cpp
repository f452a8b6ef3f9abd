#include "serve/evaluate/session_protocol.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <numeric>
#include <span>
#include <tuple>

#include "ground/base/json.h"
#include "understand/recommend/sessions.h"

namespace aizuchi::serve {

using ground::ErrorCode;
using ground::fail;
using ground::Result;
using understand::SessionIndex;

namespace {

constexpr size_t listed = 20;

struct Clicks {
  std::vector<Seen> train, test;  // each by time
  size_t items = 0;
};

void by_time(std::vector<Seen>& rows) {
  std::ranges::sort(rows, {}, [](const Seen& s) { return std::tuple(s.at, s.who, s.item); });
}

// The last tenth of the visits, by when they ended.
void hold_out_newest(Clicks& clicks, size_t visits) {
  std::vector<double> ended(visits, -1);
  for (const Seen& seen : clicks.train) ended[seen.who] = std::max(ended[seen.who], seen.at);
  std::vector<uint32_t> order(visits);
  std::iota(order.begin(), order.end(), 0U);
  std::ranges::sort(order, {}, [&](uint32_t v) { return std::pair(ended[v], v); });
  std::vector<bool> held(visits);
  for (size_t i = visits - visits / 10; i < visits; ++i) held[order[i]] = true;
  const auto is_held = [&](const Seen& seen) { return held[seen.who]; };
  std::ranges::copy_if(clicks.train, std::back_inserter(clicks.test), is_held);
  std::erase_if(clicks.train, is_held);
}

Result<Clicks> read_clicks(const Parts& parts) {
  Clicks out;
  Names items, train_visits, test_visits;
  out.train = TRY(read_seen(parts.train, train_visits, items));
  if (!parts.test.empty())
    out.test = TRY(read_seen(parts.test, test_visits, items));
  else
    hold_out_newest(out, train_visits.size());
  by_time(out.train);
  by_time(out.test);
  out.items = items.size();
  return out;
}

std::vector<std::vector<uint32_t>> visits_of(const std::vector<Seen>& rows) {
  std::vector<std::vector<uint32_t>> out;
  for (const Seen& seen : rows) {
    if (seen.who >= out.size()) out.resize(seen.who + 1);
    out[seen.who].push_back(seen.item);
  }
  std::erase_if(out, [](const auto& visit) { return visit.empty(); });
  return out;
}

// Milliseconds; of a time beyond all times (nanoseconds taken for seconds) the last that there is.
int64_t index_time(double seconds) {
  constexpr double last = 9e18;
  return static_cast<int64_t>(std::clamp(seconds * 1000, -last, last));
}

void fill(SessionIndex& index, const std::vector<Seen>& rows) {
  std::vector<SessionIndex::Visit> numbers;
  for (const Seen& seen : rows) {
    constexpr auto none = ~SessionIndex::Visit{0};
    if (seen.who >= numbers.size()) numbers.resize(seen.who + 1, none);
    if (numbers[seen.who] == none) numbers[seen.who] = index.begin();
    index.seen(numbers[seen.who], seen.item, index_time(seen.at));
  }
}

// The 21 items with the most visits: one of them may be on screen.
std::vector<uint32_t> most_popular(const SessionIndex& index) {
  std::vector<uint32_t> items(index.items());
  std::iota(items.begin(), items.end(), 0U);
  const size_t count = std::min(listed + 1, items.size());
  std::ranges::partial_sort(
      items, items.begin() + static_cast<ptrdiff_t>(count), {},
      [&](uint32_t i) { return std::pair(-double(index.visits_with(i)), i); });
  items.resize(count);
  return items;
}

// Its place among `offered` without the one on screen, from 1; 0: it is not there.
template <typename Offered>
size_t place_of(uint32_t item, uint32_t on_screen, const Offered& offered, auto&& item_of) {
  size_t place = 0;
  for (const auto& one : offered) {
    if (item_of(one) == on_screen) continue;
    if (++place > listed) return 0;
    if (item_of(one) == item) return place;
  }
  return 0;
}

}  // namespace

Result<SessionReport> evaluate_session(const Parts& parts) {
  const Clicks clicks = TRY(read_clicks(parts));
  SessionIndex index;
  fill(index, clicks.train);
  const auto popular = most_popular(index);
  SessionReport out{.train_visits = index.visits(), .train_items = index.items()};
  out.protocol = fmt::format(
      "every prefix of every visit of the test; only the item on screen is left out; trained on {}",
      parts.test.empty() ? "all but the tenth of the visits that ended last, which are the test"
                         : "the train file alone");
  std::vector<double> us;
  std::vector<SessionIndex::Next> offered;
  const auto score = [](size_t place, double& mrr, double& hr) {
    if (place > 0) mrr += 1 / static_cast<double>(place), hr += 1;
  };
  for (const auto& visit : visits_of(clicks.test)) {
    ++out.test_visits;
    for (size_t seen = 1; seen < visit.size(); ++seen) {
      const auto began = std::chrono::steady_clock::now();
      index.next(std::span(visit).first(seen), listed, offered);
      us.push_back(
          std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now() - began)
              .count());
      const uint32_t screen = visit[seen - 1], came = visit[seen];
      score(place_of(came, screen, offered, [](const auto& next) { return next.item; }), out.mrr20,
            out.hr20);
      score(place_of(came, screen, popular, [](uint32_t item) { return item; }), out.popular_mrr20,
            out.popular_hr20);
    }
  }
  if (us.empty()) return fail(ErrorCode::invalid, "The test has no visit of two items or more.");
  out.predictions = us.size();
  const auto each = static_cast<double>(us.size());
  for (double* sum : {&out.mrr20, &out.hr20, &out.popular_mrr20, &out.popular_hr20}) *sum /= each;
  std::ranges::sort(us);
  out.next_p50_us = us[us.size() / 2];
  out.next_p99_us = us[us.size() * 99 / 100];
  return out;
}

Result<NamedVisits> read_visits(const Parts& parts) {
  Names items;
  std::vector<Seen> rows;
  std::vector<understand::KeptVisit> visits;
  for (const auto& file : {parts.train, parts.test}) {
    if (file.empty()) continue;
    Names who;  // a visit is of one file
    rows = TRY(read_seen(file, who, items));
    by_time(rows);
    const size_t before = visits.size();
    visits.resize(before + who.size());
    for (const Seen& seen : rows) {
      understand::KeptVisit& visit = visits[before + seen.who];
      visit.at = index_time(seen.at);
      if (visit.items.size() < SessionIndex::visit_items_max &&
          std::ranges::find(visit.items, seen.item) == visit.items.end())
        visit.items.push_back(seen.item);
    }
  }
  std::ranges::sort(visits, {}, [](const auto& v) { return std::tie(v.at, v.items); });
  return NamedVisits{.items = items.by_number(), .visits = std::move(visits)};
}

std::string to_json(const SessionReport& report) {
  ground::JsonWriter json;
  json.object().member("task", "session").member("protocol", report.protocol);
  json.key("seed").null();
  json.key("metrics").object();
  json.member("mrr@20", report.mrr20).member("hr@20", report.hr20).end_object();
  json.key("popular").object();
  json.member("mrr@20", report.popular_mrr20).member("hr@20", report.popular_hr20).end_object();
  json.member("predictions", uint64_t{report.predictions});
  json.member("train_visits", uint64_t{report.train_visits});
  json.member("train_items", uint64_t{report.train_items});
  json.member("test_visits", uint64_t{report.test_visits});
  json.key("next_us").object().member("p50", report.next_p50_us);
  json.member("p99", report.next_p99_us).end_object();
  return json.end_object().take();
}

}  // namespace aizuchi::serve
