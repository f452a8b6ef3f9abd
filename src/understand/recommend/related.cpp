#include "understand/recommend/related.h"

#include <algorithm>

#include "ground/base/bytes.h"
#include "understand/recommend/shelf.h"
#include "understand/recommend/tally.h"

namespace aizuchi::understand {

using ground::ByteReader;
using ground::ByteWriter;
using ground::ErrorCode;
using ground::ItemKey;

namespace {

constexpr uint8_t format = 1;
constexpr uint64_t seed = 1;
constexpr size_t slice_people_max = 3000, held_min = 10;
constexpr double older = 0.8;  // what a view is worth beside the one after it

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

void number(Related& related) {
  for (uint32_t i = 0; i < related.products.size(); ++i)
    related.numbers.emplace(related.products[i], i);
}

}  // namespace

size_t Related::link_count() const {
  size_t out = 0;
  for (uint32_t i = 0; i < products.size(); ++i) out += links->of(i).size();
  return out;
}

std::vector<RelatedProduct> Related::after(std::span<const ItemKey> viewed) const {
  struct Sum {
    double score = 0, most = 0;
    ItemKey because = 0;
  };
  Tally<Sum> sums(256);
  double worth = 1;
  for (const ItemKey key : viewed) {
    const auto number = numbers.find(key);
    if (number != numbers.end())
      for (const Link& link : links->of(number->second)) {
        Sum& sum = sums[link.item];
        const double part = worth * static_cast<double>(link.weight);
        sum.score += part;
        if (part > sum.most) sum.most = part, sum.because = key;
      }
    worth *= older;
  }
  std::vector<RelatedProduct> out;
  for (const uint64_t item : sums.numbers()) {
    const ItemKey product = products[item];
    if (std::ranges::find(viewed, product) != viewed.end()) continue;
    const Sum& sum = sums.at(item);
    out.push_back({.product = product, .because = sum.because, .strength = sum.score});
  }
  const auto better = [](const RelatedProduct& a, const RelatedProduct& b) {
    return a.strength != b.strength ? a.strength > b.strength : a.product < b.product;
  };
  const size_t count = std::min(answer_most, out.size());
  std::ranges::partial_sort(out, out.begin() + static_cast<ptrdiff_t>(count), better);
  out.resize(count);
  const double best = out.empty() ? 1 : out.front().strength;
  for (RelatedProduct& one : out) one.strength /= best;
  return out;
}

Related learn_related(Views views, double effort_s, const std::function<void(double)>& progress) {
  const auto items = static_cast<uint32_t>(views.products.size());
  Related out{.people = views.people, .views = views.pairs.size()};
  out.products = std::move(views.products);
  number(out);
  out.links = no_links(items);
  const Pairs pairs(std::move(views.pairs), views.people, items);
  const Slice slice = hold_back(pairs, slice_people_max, seed);
  if (slice.held.size() < held_min) return out;
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
  const auto links = std::dynamic_pointer_cast<const Links>(make(choice.recipe, pairs));
  if (!links) return out;
  out.chosen = links->name();
  out.links = told_by_enough(*links, pairs);
  return out;
}

std::string encode(const Related& related) {
  ByteWriter out;
  out.u8(format);
  out.varint(related.version);
  out.zigzag(related.at.ms);
  out.varint(related.people);
  out.varint(related.views);
  out.text(related.chosen);
  out.varint(related.tried.size());
  for (const Reached& tried : related.tried) {
    out.text(tried.model);
    for (const double value : {tried.ndcg20, tried.recall20, tried.hr10}) out.f64(value);
  }
  out.varint(related.products.size());
  for (const ItemKey key : related.products) out.be64(key);
  for (uint32_t i = 0; i < related.products.size(); ++i) {
    const auto links = related.links->of(i);
    out.varint(links.size());
    for (const Link& link : links) {
      out.varint(link.item);
      out.f64(static_cast<double>(link.weight));
    }
  }
  return out.take();
}

ground::Result<Related> decode_related(std::string_view bytes) {
  ByteReader in(bytes);
  if (const uint8_t found = in.u8(); found == 0 || found > format)
    return ground::fail(ErrorCode::unsupported, "related products are kept in a newer format",
                        "use the version that wrote them");
  Related out{.version = in.varint()};
  out.at = {in.zigzag()};
  out.people = in.varint();
  out.views = in.varint();
  out.chosen = in.text();
  for (size_t n = in.count(25); n > 0 && in.ok(); --n) {
    Reached tried{.model = std::string(in.text())};
    tried.ndcg20 = in.f64(), tried.recall20 = in.f64(), tried.hr10 = in.f64();
    out.tried.push_back(std::move(tried));
  }
  for (size_t n = in.count(9); n > 0 && in.ok(); --n) out.products.push_back(in.be64());
  auto links = std::make_shared<Links>(out.chosen, static_cast<uint32_t>(out.products.size()));
  for (size_t i = 0; i < out.products.size() && in.ok(); ++i) {
    std::vector<Link> row;
    for (size_t n = in.count(9); n > 0 && in.ok(); --n) {
      const uint64_t item = in.varint();
      if (item >= out.products.size()) in.spoil();
      row.push_back({.item = static_cast<uint32_t>(item), .weight = static_cast<float>(in.f64())});
    }
    links->add_row(std::move(row), SIZE_MAX);
  }
  if (!in.done())
    return ground::fail(ErrorCode::corrupted, "the related products that are kept do not check");
  out.links = std::move(links);
  number(out);
  return out;
}

}  // namespace aizuchi::understand
