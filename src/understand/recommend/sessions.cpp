#include "understand/recommend/sessions.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "ground/base/result.h"

namespace aizuchi::understand {

namespace {

// λ of VMIS-kNN: linear in how long ago.
double place_weight(size_t place) {
  return std::max(0.0, 1 - 0.1 * static_cast<double>(place));
}

// Onward rather than back, where nothing else decides.
constexpr double backward = 0.8;

// STAN (Garg et al., SIGIR 2019): e^(−distance · 1.5), and a floor for what is in the same visit.
const std::array<double, SessionIndex::visit_items_max>& closeness() {
  static const auto table = [] {
    std::array<double, SessionIndex::visit_items_max> out{};
    for (size_t apart = 0; apart < out.size(); ++apart)
      out[apart] = std::exp(-1.5 * static_cast<double>(apart)) + 0.05;
    return out;
  }();
  return table;
}

}  // namespace

SessionIndex::SessionIndex(SessionSettings settings) : settings_(settings) {
  AIZ_ASSERT(settings.visits_max > 0 && settings.recent > 0);
  AIZ_ASSERT(settings.last_items > 0 && settings.last_items <= last_items_max);
}

const SessionIndex::Row* SessionIndex::row_of(Visit visit) const {
  if (visit >= next_visit_ || visit + settings_.visits_max < next_visit_) return nullptr;
  const Row& row = rows_[visit % settings_.visits_max];
  return row.items.empty() ? nullptr : &row;
}

SessionIndex::Visit SessionIndex::begin() {
  if (next_visit_ >= settings_.visits_max)
    drop(next_visit_ - settings_.visits_max);
  else
    rows_.emplace_back();
  return next_visit_++;
}

void SessionIndex::drop(Visit visit) {
  Row& row = rows_[visit % settings_.visits_max];
  for (const Item item : row.items) --items_[item].visits;
  if (!row.items.empty()) --live_;
  row = {};
}

void SessionIndex::forget(Visit visit) {
  if (row_of(visit) != nullptr) drop(visit);
}

void SessionIndex::seen(Visit visit, Item item, int64_t at) {
  if (visit >= next_visit_ || visit + settings_.visits_max < next_visit_) return;
  Row& row = rows_[visit % settings_.visits_max];
  row.at = std::max(row.at, at);
  if (row.items.size() >= visit_items_max || std::ranges::find(row.items, item) != row.items.end())
    return;
  if (row.items.empty()) ++live_;
  row.items.push_back(item);
  if (item >= items_.size()) items_.resize(item + 1);
  Posting& posting = items_[item];
  ++posting.visits;
  posting.newest.push_back(visit);
  if (posting.newest.size() >= 2 * settings_.recent) trim(posting);
}

// Every `recent` visits of an item once, so that an addition costs the same on average.
void SessionIndex::trim(Posting& posting) {
  std::vector<Visit>& visits = posting.newest;
  std::erase_if(visits, [&](Visit v) { return row_of(v) == nullptr; });
  if (visits.size() <= settings_.recent) return;
  std::ranges::sort(visits, [&](Visit a, Visit b) {
    return std::pair(row_of(a)->at, a) < std::pair(row_of(b)->at, b);
  });
  visits.erase(visits.begin(), visits.end() - static_cast<ptrdiff_t>(settings_.recent));
}

// The `recent` newest visits that share one of the last items, and of them the most similar.
void SessionIndex::find_near(std::span<const Item> last, std::span<const Visit> without) const {
  met_.clear();
  near_.clear();
  for (size_t place = 0; place < last.size(); ++place) {
    const Item item = last[last.size() - 1 - place];
    if (item >= items_.size()) continue;
    // The newer an item of the visit that asks, the more it says who is alike.
    const double weight =
        static_cast<double>(last.size() - place) / static_cast<double>(last.size());
    const std::vector<Visit>& newest = items_[item].newest;
    for (size_t i = newest.size() - std::min(newest.size(), settings_.recent); i < newest.size();
         ++i) {
      const Row* row = row_of(newest[i]);
      if (row == nullptr || std::ranges::binary_search(without, newest[i])) continue;
      Near& near = met_[newest[i]];
      if (near.similarity == 0) near = {.visit = newest[i], .at = row->at};
      near.similarity += weight;
    }
  }
  for (const uint64_t visit : met_.numbers()) near_.push_back(met_.at(visit));
  const auto newer = [](const Near& a, const Near& b) {
    return std::pair(a.at, a.visit) > std::pair(b.at, b.visit);
  };
  const auto keep = [&](size_t count, const auto& before) {
    if (near_.size() <= count) return;
    std::ranges::nth_element(near_, near_.begin() + static_cast<ptrdiff_t>(count), before);
    near_.resize(count);
  };
  keep(settings_.recent, newer);
  keep(settings_.neighbours, [&](const Near& a, const Near& b) {
    return a.similarity != b.similarity ? a.similarity > b.similarity : newer(a, b);
  });
}

// What a neighbour saw right beside an item that is shared speaks most for coming next; the further
// back the shared item lies in the visit that asks, the less.
void SessionIndex::let_speak(std::span<const Item> last) const {
  spoken_.clear();
  for (const Near& near : near_) {
    const std::vector<Item>& items = row_of(near.visit)->items;
    std::array<ptrdiff_t, last_items_max> shared;
    for (size_t place = 0; place < last.size(); ++place) {
      const auto found = std::ranges::find(items, last[last.size() - 1 - place]);
      shared[place] = found == items.end() ? -1 : found - items.begin();
    }
    for (size_t i = 0; i < items.size(); ++i) {
      if (items[i] == last.back()) continue;
      Spoken& spoken = spoken_[items[i]];
      for (size_t place = 0; place < last.size(); ++place) {
        if (shared[place] < 0) continue;
        const ptrdiff_t step = static_cast<ptrdiff_t>(i) - shared[place];
        const double close = closeness()[static_cast<size_t>(std::abs(step))];
        const double part =
            near.similarity * place_weight(place) * close * (step < 0 ? backward : 1);
        spoken.score += part;
        spoken.by_place[place] += part;
      }
    }
  }
}

void SessionIndex::next(std::span<const Item> seen, size_t wanted, std::vector<Next>& out,
                        std::span<const Visit> without) const {
  out.clear();
  if (seen.empty() || wanted == 0) return;
  const auto last = seen.last(std::min(seen.size(), settings_.last_items));
  find_near(last, without);
  let_speak(last);
  for (const uint64_t number : spoken_.numbers()) {
    const Spoken& spoken = spoken_.at(number);
    const auto item = static_cast<Item>(number);
    // What is rare says more: ln(visits / visits with it).
    const double rare = std::log(static_cast<double>(live_) /
                                 static_cast<double>(std::max(1U, items_[item].visits)));
    const auto most =
        static_cast<size_t>(std::ranges::max_element(spoken.by_place) - spoken.by_place.begin());
    out.push_back({.item = item,
                   .score = spoken.score * (1 + rare),
                   .because = last[last.size() - 1 - most]});
  }
  const auto better = [](const Next& a, const Next& b) {
    return a.score != b.score ? a.score > b.score : a.item < b.item;
  };
  const size_t count = std::min(wanted, out.size());
  std::ranges::partial_sort(out, out.begin() + static_cast<ptrdiff_t>(count), better);
  out.resize(count);
}

size_t SessionIndex::bytes() const {
  size_t sum = rows_.capacity() * sizeof(Row) + items_.capacity() * sizeof(Posting);
  for (const Row& row : rows_) sum += row.items.capacity() * sizeof(Item);
  for (const Posting& posting : items_) sum += posting.newest.capacity() * sizeof(Visit);
  return sum;
}

}  // namespace aizuchi::understand
