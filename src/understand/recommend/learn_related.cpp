#include "understand/recommend/learn_related.h"

#include <algorithm>
#include <cmath>
#include <iterator>

#include "understand/recommend/shelf.h"
#include "understand/recommend/visits.h"

namespace aizuchi::understand {

using ground::ItemKey;

namespace {

constexpr uint64_t seed = 1;
constexpr size_t slice_people_max = 3000, held_min = 10;
constexpr double day_s = 86400, half_life_usual = 30;
constexpr size_t views_asked = 8, listed = 20;  // as a decision asks; as is measured

bool shared_by_enough(const Pairs& pairs, uint32_t i, uint32_t j) {
  const auto a = pairs.people_of(i), b = pairs.people_of(j);
  size_t shared = 0;
  for (size_t x = 0, y = 0; x < a.size() && y < b.size();) {
    if (a[x] == b[y] && ++shared == Related::people_min) return true;
    a[x]<b[y] ? ++x : a[x]> b[y] ? ++y : (++x, ++y);
  }
  return false;
}

// Only what is for an item, and rests on enough people.
std::shared_ptr<const Links> told_by_enough(const Links& links, const Pairs& pairs) {
  auto out = std::make_shared<Links>(links.name(), links.items());
  for (uint32_t i = 0; i < links.items(); ++i) {
    std::vector<Link> row;
    for (const Link& link : links.of(i))
      if (link.weight > 0 && shared_by_enough(pairs, i, link.item)) row.push_back(link);
    out->add_row(std::move(row), Related::answer_most * 8);
  }
  return out;
}

std::shared_ptr<const Links> no_links(size_t products) {
  auto out = std::make_shared<Links>("", static_cast<uint32_t>(products));
  for (size_t i = 0; i < products; ++i) out->add_row(std::vector<Link>(), 1);
  return out;
}

// Everyone counts once a product, by the newest of their views of it.
void tell_popular(const Pairs& pairs, Related& related) {
  std::vector<double> worth(related.products.size());
  for (uint32_t who = 0; who < pairs.people(); ++who) {
    const auto items = pairs.items_of(who);
    const auto times = pairs.times_of(who);
    for (size_t i = 0; i < items.size(); ++i)
      worth[items[i]] +=
          related.half_life_days > 0
              ? std::exp2((times[i] - pairs.newest()) / (related.half_life_days * day_s))
              : 1;
  }
  for (uint32_t i = 0; i < related.products.size(); ++i) {
    related.known.push_back(pairs.people_of(i).size() >= Related::people_min);
    if (related.known[i])
      related.popular.push_back(
          {.product = related.products[i], .strength = worth[i], .path = Path::popular});
  }
  keep_best(related.popular, Related::popular_most);
}

// One shelf, asked as it will be, of views without what is held back.
class Asking {
 public:
  Asking(const Views& views, const Pairs& pairs, const Slice& slice, Related served)
      : views_(views), pairs_(pairs), slice_(slice), served_(std::move(served)) {
    std::vector<Visits::Viewed> people;
    for (uint32_t who = 0; who < slice_.rest.people(); ++who)
      people.push_back({person(who), newest_first(slice_.rest, who)});
    visits_ = std::make_unique<Visits>(people);
  }

  ShelfChoice choose(const Views::Shelf& shelf, uint32_t bit) const {
    ShelfChoice out{.slot = shelf.slot};
    std::vector<Way> ways{Way::nothing};
    if (shelf.by_links) ways.push_back(Way::links);
    if (shelf.by_visit) ways.insert(ways.end(), {Way::visit, Way::visit_then_links});
    double best = -1;
    for (const Way way : ways) {
      const Measured reached = measure(shelf, bit, way);
      if (reached.people < held_min) return out;
      out.people = reached.people;
      out.tried.push_back({.model = std::string(to_string(way)),
                           .ndcg20 = reached.ndcg20,
                           .recall20 = reached.recall20,
                           .hr10 = reached.hr10});
      if (reached.ndcg20 > best) best = reached.ndcg20, out.way = way;
    }
    return out;
  }

 private:
  static ground::PersonId person(uint32_t who) {
    ground::PersonId out;
    for (size_t i = 0; i < 4; ++i) out.raw[i] = static_cast<uint8_t>(who >> (8 * i));
    out.raw[15] = 1;
    return out;
  }
  std::vector<Visits::View> newest_first(const Pairs& pairs, uint32_t who) const {
    const auto items = pairs.items_of(who);
    const auto times = pairs.times_of(who);
    std::vector<Visits::View> out;
    for (size_t i = 0; i < items.size(); ++i)
      out.push_back({served_.products[items[i]], {std::llround(times[i] * 1000)}});
    std::ranges::sort(out, std::greater(), &Visits::View::second);
    return out;
  }
  // A shelf of visits is asked for the very next view, where it is of the same visit.
  std::vector<uint32_t> wanted(const Views::Shelf& shelf, const Held& held,
                               ground::Instant on_screen) const {
    if (!shelf.by_visit) return held.wanted;
    const auto items = pairs_.items_of(held.person);
    const auto times = pairs_.times_of(held.person);
    size_t next = SIZE_MAX;
    for (size_t i = 0; i < items.size(); ++i)
      if (std::ranges::find(held.wanted, items[i]) != held.wanted.end() &&
          (next == SIZE_MAX || times[i] < times[next]))
        next = i;
    if (next == SIZE_MAX) return {};
    const ground::Instant at{std::llround(times[next] * 1000)};
    return at - on_screen > Visits::pause ? std::vector<uint32_t>{} : std::vector{items[next]};
  }
  Measured measure(const Views::Shelf& shelf, uint32_t bit, Way way) const {
    Measured out;
    for (const Held& held : slice_.held) {
      if ((views_.may[held.person] >> bit & 1) == 0) continue;
      auto viewed = newest_first(slice_.rest, held.person);
      if (viewed.empty()) continue;
      viewed.resize(std::min(viewed.size(), views_asked));
      const auto next = wanted(shelf, held, viewed.front().second);
      if (next.empty()) continue;
      add_ranked(out, answer(way, viewed, held.person), next);
    }
    average(out);
    return out;
  }
  std::vector<uint32_t> answer(Way way, std::span<const Visits::View> viewed, uint32_t who) const {
    std::vector<ItemKey> keys;
    for (const auto& [key, at] : viewed) keys.push_back(key);
    std::vector<Suggested> said;
    if (way == Way::nothing) said = served_.popular;
    if (way == Way::visit || way == Way::visit_then_links)
      said = visits_->next(viewed, viewed.front().second, person(who));
    if (way == Way::links || way == Way::visit_then_links)
      std::ranges::copy(served_.after(keys), std::back_inserter(said));
    std::vector<uint32_t> out;
    for (const Suggested& one : said) {
      const uint32_t number = served_.numbers.at(one.product);
      // Views are kept once a product: what was viewed cannot come next here, on any way.
      const bool known = std::ranges::find(out, number) != out.end() ||
                         std::ranges::find(keys, one.product) != keys.end();
      if (!known && out.size() < listed) out.push_back(number);
    }
    return out;
  }

  const Views& views_;
  const Pairs& pairs_;
  const Slice& slice_;
  const Related served_;  // made without what is held back
  std::unique_ptr<Visits> visits_;
};

void choose_ways(const Views& views, const Pairs& pairs, const Slice& slice, const Recipe& recipe,
                 Related& out) {
  Related rest{.products = out.products};
  rest.half_life_days = out.half_life_days;
  rest.number();
  rest.links = no_links(rest.products.size());
  tell_popular(slice.rest, rest);
  if (const auto links = std::dynamic_pointer_cast<const Links>(make(recipe, slice.rest)))
    rest.links = told_by_enough(*links, slice.rest);
  const Asking asking(views, pairs, slice, std::move(rest));
  for (uint32_t i = 0; i < views.shelves.size(); ++i)
    out.shelves.push_back(asking.choose(views.shelves[i], i));
}

}  // namespace

Related learn_related(Views views, double effort_s, const std::function<void(double)>& progress) {
  const auto items = static_cast<uint32_t>(views.products.size());
  Related out{.people = views.people, .views = views.pairs.size()};
  out.products = views.products;
  out.number();
  out.links = no_links(items);
  const Pairs pairs(std::move(views.pairs), views.people, items);
  const Slice slice = hold_back(pairs, slice_people_max, seed);
  out.half_life_days = half_life_usual;
  if (slice.held.size() < held_min) {
    tell_popular(pairs, out);
    return out;
  }
  const Choice choice =
      choose_model(slice.rest, slice.held,
                   {.seed = seed,
                    .effort_s = effort_s,
                    .links_only = true,
                    .progress = [&](const std::string&, double done) { progress(done); }});
  for (const Tried& tried : choice.tried)
    out.tried.push_back({.model = tried.name,
                         .ndcg20 = tried.measured.ndcg20,
                         .recall20 = tried.measured.recall20,
                         .hr10 = tried.measured.hr10});
  out.half_life_days = std::get<PopularSettings>(choice.popular.how).half_life / day_s;
  tell_popular(pairs, out);
  choose_ways(views, pairs, slice, choice.recipe, out);
  const auto links = std::dynamic_pointer_cast<const Links>(make(choice.recipe, pairs));
  if (!links) return out;
  out.chosen = links->name();
  out.links = told_by_enough(*links, pairs);
  return out;
}

}  // namespace aizuchi::understand
