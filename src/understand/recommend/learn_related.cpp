#include "understand/recommend/learn_related.h"

#include <cmath>

#include "understand/recommend/shelf.h"

namespace aizuchi::understand {

namespace {

constexpr uint64_t seed = 1;
constexpr size_t slice_people_max = 3000, held_min = 10;
constexpr double day_s = 86400, half_life_usual = 30;

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

}  // namespace

Related learn_related(Views views, double effort_s, const std::function<void(double)>& progress) {
  const auto items = static_cast<uint32_t>(views.products.size());
  Related out{.people = views.people, .views = views.pairs.size()};
  out.products = std::move(views.products);
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
  const auto links = std::dynamic_pointer_cast<const Links>(make(choice.recipe, pairs));
  if (!links) return out;
  out.chosen = links->name();
  out.links = told_by_enough(*links, pairs);
  return out;
}

}  // namespace aizuchi::understand
