#include "understand/recommend/visits.h"

#include <algorithm>
#include <ranges>
#include <unordered_map>

#include "understand/recommend/sessions.h"

namespace aizuchi::understand {

using ground::Instant;
using ground::ItemKey;
using ground::PersonId;

namespace {

// Where the next visit back in time begins.
size_t end_of_visit(std::span<const Visits::View> views, size_t from) {
  size_t end = from + 1;
  while (end < views.size() && views[end - 1].second - views[end].second <= Visits::pause) ++end;
  return end;
}

}  // namespace

struct Visits::Inside {
  struct Theirs {
    std::vector<SessionIndex::Visit> visits;  // ascending
    Instant last;
  };
  explicit Inside(size_t visits_max) : most(visits_max), index({.visits_max = visits_max}) {}
  SessionIndex::Visit begin(const PersonId& person);
  SessionIndex::Item number(ItemKey product);

  const size_t most;
  SessionIndex index;
  std::vector<PersonId> owners;  // by visit % most
  std::unordered_map<PersonId, Theirs> people;
  std::vector<ItemKey> products;  // by number
  std::unordered_map<ItemKey, SessionIndex::Item> numbers;
};

Visits::Visits(size_t most) : in_(std::make_unique<Inside>(most)) {}
Visits::~Visits() = default;
size_t Visits::visits() const {
  return in_->index.visits();
}
size_t Visits::people() const {
  return in_->people.size();
}

Visits::Visits(const std::vector<Viewed>& people, size_t most) : Visits(most) {
  struct Piece {
    Instant last;
    uint32_t person = 0;
    uint32_t from = 0, end = 0;
  };
  std::vector<Piece> pieces;
  for (uint32_t i = 0; i < people.size(); ++i) {
    const auto& views = people[i].views;
    for (size_t from = 0; from < views.size();) {
      const size_t end = end_of_visit(views, from);
      pieces.push_back(
          {views[from].second, i, static_cast<uint32_t>(from), static_cast<uint32_t>(end)});
      from = end;
    }
  }
  std::ranges::sort(pieces, {}, [](const Piece& p) { return std::pair(p.last, p.person); });
  if (pieces.size() > most)
    pieces.erase(pieces.begin(), pieces.end() - static_cast<ptrdiff_t>(most));
  for (const Piece& piece : pieces) {
    const Viewed& viewed = people[piece.person];
    const auto visit = in_->begin(viewed.person);
    for (size_t i = piece.end; i-- > piece.from;)
      in_->index.seen(visit, in_->number(viewed.views[i].first), viewed.views[i].second.ms);
    in_->people[viewed.person].last = piece.last;
  }
}

SessionIndex::Visit Visits::Inside::begin(const PersonId& person) {
  const SessionIndex::Visit visit = index.begin();
  const size_t place = visit % most;
  if (visit >= most) {
    const auto before = people.find(owners[place]);
    if (before != people.end()) {
      std::erase(before->second.visits, visit - most);
      if (before->second.visits.empty()) people.erase(before);
    }
    owners[place] = person;
  } else {
    owners.push_back(person);
  }
  people[person].visits.push_back(visit);
  return visit;
}

SessionIndex::Item Visits::Inside::number(ItemKey product) {
  const auto [found, is_new] =
      numbers.try_emplace(product, static_cast<SessionIndex::Item>(products.size()));
  if (is_new) products.push_back(product);
  return found->second;
}

void Visits::learn(const PersonId& person, std::span<const View> views) {
  forget(person);
  std::vector<std::pair<size_t, size_t>> visits;
  for (size_t from = 0; from < views.size();) {
    const size_t end = end_of_visit(views, from);
    visits.emplace_back(from, end);
    from = end;
  }
  for (const auto& [from, end] : std::views::reverse(visits)) {
    const auto visit = in_->begin(person);
    for (size_t i = end; i-- > from;)
      in_->index.seen(visit, in_->number(views[i].first), views[i].second.ms);
    in_->people[person].last = views[from].second;
  }
}

void Visits::seen(const PersonId& person, const View& view) {
  const auto found = in_->people.find(person);
  const bool goes_on = found != in_->people.end() && view.second - found->second.last <= pause;
  // Late, it is learned with everything else.
  if (found != in_->people.end() && view.second < found->second.last) return;
  const auto visit = goes_on ? found->second.visits.back() : in_->begin(person);
  in_->index.seen(visit, in_->number(view.first), view.second.ms);
  in_->people[person].last = view.second;
}

void Visits::forget(const PersonId& person) {
  const auto found = in_->people.find(person);
  if (found == in_->people.end()) return;
  for (const SessionIndex::Visit visit : found->second.visits) in_->index.forget(visit);
  in_->people.erase(found);
}

std::vector<Suggested> Visits::next(std::span<const View> views, Instant now,
                                    const PersonId& self) const {
  if (views.empty() || now - views.front().second > pause) return {};
  std::vector<SessionIndex::Item> items;
  for (size_t i = end_of_visit(views, 0); i-- > 0;)
    if (const auto known = in_->numbers.find(views[i].first); known != in_->numbers.end())
      items.push_back(known->second);
  // Nobody else has seen what is on screen: then nothing is known of what comes next.
  const auto on_screen = in_->numbers.find(views.front().first);
  if (on_screen == in_->numbers.end()) return {};
  const auto own = in_->people.find(self);
  std::vector<SessionIndex::Next> next;
  in_->index.next(
      items, 2 * answer_most, next,
      own == in_->people.end() ? std::span<const SessionIndex::Visit>{} : own->second.visits);
  std::vector<Suggested> out;
  for (const SessionIndex::Next& one : next) {
    if (out.size() == answer_most) break;
    if (in_->index.visits_with(one.item) < visits_min) continue;
    out.push_back({.product = in_->products[one.item],
                   .because = in_->products[one.because],
                   .strength = one.score,
                   .path = Path::visit});
  }
  const double best = out.empty() ? 1 : out.front().strength;
  for (Suggested& one : out) one.strength /= best;
  return out;
}

size_t Visits::bytes() const {
  size_t sum =
      in_->index.bytes() + in_->owners.capacity() * sizeof(PersonId) +
      in_->products.capacity() * sizeof(ItemKey) +
      in_->numbers.size() * (sizeof(ItemKey) + sizeof(SessionIndex::Item) + 2 * sizeof(void*));
  for (const auto& [person, theirs] : in_->people)
    sum += sizeof(person) + sizeof(theirs) + 2 * sizeof(void*) +
           theirs.visits.capacity() * sizeof(SessionIndex::Visit);
  return sum;
}

}  // namespace aizuchi::understand
