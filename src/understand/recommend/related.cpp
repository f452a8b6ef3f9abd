#include "understand/recommend/related.h"

#include <algorithm>

#include "ground/base/bytes.h"
#include "understand/recommend/links.h"
#include "understand/recommend/tally.h"

namespace aizuchi::understand {

using ground::ByteReader;
using ground::ByteWriter;
using ground::ErrorCode;
using ground::ItemKey;

namespace {

constexpr uint8_t format = 2;  // 1: without what is popular and how shelves are answered
constexpr double older = 0.8;  // what a view is worth beside the one after it

}  // namespace

// The strongest first, of the best's strength.
void keep_best(std::vector<Suggested>& out, size_t most) {
  const auto better = [](const Suggested& a, const Suggested& b) {
    return a.strength != b.strength ? a.strength > b.strength : a.product < b.product;
  };
  const size_t count = std::min(most, out.size());
  std::ranges::partial_sort(out, out.begin() + static_cast<ptrdiff_t>(count), better);
  out.resize(count);
  const double best = out.empty() ? 1 : out.front().strength;
  for (Suggested& one : out) one.strength /= best;
}

void Related::number() {
  for (uint32_t i = 0; i < products.size(); ++i) numbers.emplace(products[i], i);
}

std::string_view to_string(Way way) {
  static constexpr std::string_view words[] = {"popular", "links", "visit", "visit then links"};
  return words[static_cast<size_t>(way)];
}

Way Related::way_of(ItemKey slot) const {
  const auto shelf = std::ranges::find(shelves, slot, &ShelfChoice::slot);
  return shelf == shelves.end() ? Way::visit_then_links : shelf->way;
}

bool Related::knows(ItemKey product) const {
  const auto number = numbers.find(product);
  return number != numbers.end() && known[number->second];
}

size_t Related::link_count() const {
  size_t out = 0;
  for (uint32_t i = 0; i < products.size(); ++i) out += links->of(i).size();
  return out;
}

std::vector<Suggested> Related::after(std::span<const ItemKey> viewed) const {
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
  std::vector<Suggested> out;
  for (const uint64_t item : sums.numbers()) {
    const ItemKey product = products[item];
    if (std::ranges::find(viewed, product) != viewed.end()) continue;
    const Sum& sum = sums.at(item);
    out.push_back({.product = product, .because = sum.because, .strength = sum.score});
  }
  keep_best(out, answer_most);
  return out;
}

namespace {

void encode_tried(ByteWriter& out, const std::vector<Reached>& all) {
  out.varint(all.size());
  for (const Reached& tried : all) {
    out.text(tried.model);
    for (const double value : {tried.ndcg20, tried.recall20, tried.hr10}) out.f64(value);
  }
}

std::vector<Reached> decode_tried(ByteReader& in) {
  std::vector<Reached> out;
  for (size_t n = in.count(25); n > 0 && in.ok(); --n) {
    Reached tried{.model = std::string(in.text())};
    tried.ndcg20 = in.f64(), tried.recall20 = in.f64(), tried.hr10 = in.f64();
    out.push_back(std::move(tried));
  }
  return out;
}

}  // namespace

std::string encode(const Related& related) {
  ByteWriter out;
  out.u8(format);
  out.varint(related.version);
  out.zigzag(related.at.ms);
  out.varint(related.people);
  out.varint(related.views);
  out.text(related.chosen);
  encode_tried(out, related.tried);
  out.varint(related.shelves.size());
  for (const ShelfChoice& shelf : related.shelves) {
    out.be64(shelf.slot);
    out.u8(static_cast<uint8_t>(shelf.way));
    out.varint(shelf.people);
    encode_tried(out, shelf.tried);
  }
  out.varint(related.products.size());
  for (size_t i = 0; i < related.products.size(); ++i) {
    out.be64(related.products[i]);
    out.u8(related.known[i] ? 1 : 0);
  }
  out.f64(related.half_life_days);
  out.varint(related.popular.size());
  for (const Suggested& one : related.popular) {
    out.be64(one.product);
    out.f64(one.strength);
  }
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
  const uint8_t found = in.u8();
  if (found == 0 || found > format)
    return ground::fail(ErrorCode::unsupported, "related products are kept in a newer format",
                        "use the version that wrote them");
  Related out{.version = in.varint()};
  out.at = {in.zigzag()};
  out.people = in.varint();
  out.views = in.varint();
  out.chosen = in.text();
  out.tried = decode_tried(in);
  for (size_t n = found >= 2 ? in.count(11) : 0; n > 0 && in.ok(); --n) {
    ShelfChoice shelf{.slot = in.be64()};
    const uint8_t way = in.u8();
    if (way > static_cast<uint8_t>(Way::visit_then_links)) in.spoil();
    shelf.way = static_cast<Way>(way);
    shelf.people = in.varint();
    shelf.tried = decode_tried(in);
    out.shelves.push_back(std::move(shelf));
  }
  for (size_t n = in.count(8); n > 0 && in.ok(); --n) {
    out.products.push_back(in.be64());
    out.known.push_back(found < 2 || in.u8() != 0);
  }
  if (found >= 2) out.half_life_days = in.f64();
  for (size_t n = found >= 2 ? in.count(16) : 0; n > 0 && in.ok(); --n) {
    out.popular.push_back({.product = in.be64(), .path = Path::popular});
    out.popular.back().strength = in.f64();
  }
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
  out.number();
  return out;
}

}  // namespace aizuchi::understand
