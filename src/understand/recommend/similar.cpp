// Cosine over words weighted by their rarity (TF-IDF: Salton, Buckley, IP&M 1988). Text without
// spaces is read as pairs of characters.
#include "understand/recommend/similar.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <unordered_map>

#include "ground/base/hash.h"
#include "understand/recommend/recommenders.h"
#include "understand/recommend/tally.h"

namespace aizuchi::understand {

namespace {

using ground::ItemKey;
using ground::Product;

constexpr size_t words_most = 32;  // of one product
constexpr size_t met_most = 64;    // others met at one word: the nearest in the folder
constexpr double of_tags = 1.5, of_price = 0.5;

struct Word {
  uint64_t hash = 0;
  double weight = 1;
};

// A letter or figure of a script that puts spaces between words.
bool spaced(unsigned char c) {
  return std::isalnum(c) != 0;
}

size_t character_at(std::string_view text, size_t i) {
  const auto c = static_cast<unsigned char>(text[i]);
  const size_t length = c < 0x80 ? 1 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;
  return std::min(length, text.size() - i);
}

void add(std::vector<Word>& out, std::string_view kind, std::string_view what, double weight = 1) {
  if (out.size() < words_most) out.push_back({ground::item_key(kind, what), weight});
}

void add_name(std::vector<Word>& out, std::string_view name) {
  std::string word;
  std::string_view before;  // a character of a script without spaces
  const auto end_word = [&] {
    if (word.size() > 1) add(out, "word", word);
    word.clear();
  };
  for (size_t i = 0; i < name.size();) {
    const size_t length = character_at(name, i);
    const std::string_view one = name.substr(i, length);
    i += length;
    if (length == 1) {
      before = {};
      if (spaced(static_cast<unsigned char>(one[0])))
        word += static_cast<char>(std::tolower(static_cast<unsigned char>(one[0])));
      else
        end_word();
      continue;
    }
    end_word();
    if (!before.empty()) add(out, "pair", std::string(before) + std::string(one));
    before = one;
  }
  end_word();
}

std::vector<Word> words_of(const Product& product, size_t locales) {
  std::vector<Word> out;
  if (!product.category.empty()) add(out, "category", product.category);
  for (const std::string& tag : product.tags) add(out, "tag", tag, of_tags);
  for (const auto& [axis, weight] : product.values)
    if (weight > 0) add(out, "axis", std::to_string(axis.index), weight);
  if (product.price > 0)
    add(out, "price", std::to_string(std::lround(2 * std::log2(product.price))), of_price);
  for (uint8_t i = 0; i < locales; ++i) add_name(out, product.name.in({i}));
  std::ranges::sort(out, {}, &Word::hash);
  const auto again = std::ranges::unique(out, {}, &Word::hash);
  out.erase(again.begin(), again.end());
  return out;
}

struct Words {
  std::vector<std::vector<Word>> by_product;                     // weighted by rarity, of length 1
  std::unordered_map<uint64_t, std::vector<uint32_t>> products;  // ascending
};

Words read(const ground::Snapshot& snapshot) {
  Words out;
  for (const Product& product : snapshot.products) {
    out.by_product.push_back(words_of(product, snapshot.locales.size()));
    for (const Word& word : out.by_product.back())
      out.products[word.hash].push_back(product.id.index);
  }
  const auto all = static_cast<double>(snapshot.products.size());
  for (std::vector<Word>& words : out.by_product) {
    double squares = 0;
    for (Word& word : words) {
      word.weight *= std::log((1 + all) / static_cast<double>(out.products[word.hash].size()));
      squares += word.weight * word.weight;
    }
    if (squares > 0)
      for (Word& word : words) word.weight /= std::sqrt(squares);
  }
  return out;
}

double weight_in(const std::vector<Word>& words, uint64_t hash) {
  return std::ranges::lower_bound(words, hash, {}, &Word::hash)->weight;
}

}  // namespace

Similar::Similar(const ground::Snapshot& snapshot) : starts_(1) {
  const Words words = read(snapshot);
  Tally<double> like;
  std::vector<Neighbour> found;
  for (const Product& product : snapshot.products) {
    keys_.push_back(product.key);
    like.clear();
    for (const Word& word : words.by_product[product.id.index]) {
      const std::vector<uint32_t>& with = words.products.at(word.hash);
      const auto self =
          static_cast<size_t>(std::ranges::lower_bound(with, product.id.index) - with.begin());
      const size_t from = self - std::min(self, met_most / 2);
      for (size_t i = from; i < std::min(with.size(), from + met_most + 1); ++i)
        if (i != self)
          like[with[i]] += word.weight * weight_in(words.by_product[with[i]], word.hash);
    }
    found.clear();
    for (const uint64_t other : like.numbers())
      if (like.at(other) >= like_min)
        found.push_back({.product = static_cast<uint32_t>(other),
                         .like = static_cast<float>(std::min(1.0, like.at(other)))});
    const auto more = [](const Neighbour& a, const Neighbour& b) {
      return a.like != b.like ? a.like > b.like : a.product < b.product;
    };
    const size_t count = std::min(neighbours_most, found.size());
    std::ranges::partial_sort(found, found.begin() + static_cast<ptrdiff_t>(count), more);
    neighbours_.insert(neighbours_.end(), found.begin(),
                       found.begin() + static_cast<ptrdiff_t>(count));
    starts_.push_back(neighbours_.size());
  }
}

std::shared_ptr<const Similar> find_similar(const ground::Snapshot& snapshot) {
  const auto asks = [&](const ground::Slot& slot) {
    return std::ranges::any_of(slot.reads, [&](ground::ReadId id) {
      return snapshot.reads[id].kind == ground::ReadKind::viewed;
    });
  };
  if (std::ranges::none_of(snapshot.slots, asks)) return nullptr;
  return std::make_shared<const Similar>(snapshot);
}

std::span<const Similar::Neighbour> Similar::of(ground::ProductId id, ItemKey key) const {
  if (id.index >= keys_.size() || keys_[id.index] != key) return {};
  return {neighbours_.data() + starts_[id.index], starts_[id.index + 1] - starts_[id.index]};
}

}  // namespace aizuchi::understand
