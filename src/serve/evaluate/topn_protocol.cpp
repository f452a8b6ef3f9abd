#include "serve/evaluate/topn_protocol.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <numeric>

#include "ground/base/hash.h"
#include "ground/base/json.h"
#include "serve/evaluate/pairs_file.h"

namespace aizuchi::serve {

using ground::ErrorCode;
using ground::fail;
using ground::Result;
using understand::Held;
using understand::Measured;
using understand::Pair;
using understand::Pairs;

namespace {

// What the choice may see, what the model is then made of, and what it is measured on.
struct Protocol {
  std::string words;
  Pairs rest;
  std::vector<Held> validation;
  Pairs all;
  std::vector<Held> test;
};

std::optional<uint64_t> whole_number(const std::string& text) {
  uint64_t value = 0;
  const auto [end, wrong] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (wrong != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

// Numbers as numbers, names by their letters.
bool comes_before(const std::string& a, const std::string& b) {
  const auto x = whole_number(a), y = whole_number(b);
  return x && y ? *x < *y : x.has_value() != y.has_value() ? x.has_value() : a < b;
}

// (user · 2654435761) mod 2^32; of a name that is no number a hash takes the number's place.
uint32_t cut_of(const std::string& who) {
  const uint64_t number = whole_number(who).value_or(ground::siphash({}, who));
  return static_cast<uint32_t>(number * 2654435761ULL);
}

// One of each person's items is the test, one the validation; people with fewer than three are left
// out.
Protocol leave_one_out(const std::vector<Pair>& pairs, const PairNames& names) {
  const auto people = static_cast<uint32_t>(names.people.size());
  const auto items = static_cast<uint32_t>(names.items.size());
  const Pairs given(pairs, people, items);
  std::vector<Pair> rest, all;
  std::vector<Held> validation, test;
  for (uint32_t u = 0; u < people; ++u) {
    const auto had = given.items_of(u);
    if (had.size() < 3) continue;
    std::vector<uint32_t> left(had.begin(), had.end());
    std::ranges::sort(
        left, [&](uint32_t a, uint32_t b) { return comes_before(names.items[a], names.items[b]); });
    const uint32_t h = cut_of(names.people[u]);
    const auto take = [&](uint32_t by) {
      const auto at = left.begin() + static_cast<ptrdiff_t>(by % left.size());
      const uint32_t item = *at;
      left.erase(at);
      return item;
    };
    const uint32_t tested = take(h), checked = take(h >> 8);
    for (const uint32_t item : left) rest.push_back({.person = u, .item = item});
    validation.push_back({.person = u, .basket = left, .wanted = {checked}});
    left.push_back(checked);
    for (const uint32_t item : left) all.push_back({.person = u, .item = item});
    test.push_back({.person = u, .basket = std::move(left), .wanted = {tested}});
  }
  return {.words =
              "people with three items or more; items ascending, h = (user * 2654435761) mod "
              "2^32, test = items.pop(h mod n), validation = items.pop((h >> 8) mod (n - 1)); "
              "chosen on the validation items, then made of all but the test items",
          .rest = Pairs(std::move(rest), people, items),
          .validation = std::move(validation),
          .all = Pairs(std::move(all), people, items),
          .test = std::move(test)};
}

}  // namespace

std::vector<Held> held_of(const Pairs& basket, const Pairs& wanted) {
  std::vector<Held> out;
  for (uint32_t u = 0; u < wanted.people(); ++u) {
    const auto had = basket.items_of(u);
    Held held{.person = u, .basket = {had.begin(), had.end()}, .wanted = {}};
    for (const uint32_t item : wanted.items_of(u))
      if (!std::ranges::binary_search(had, item)) held.wanted.push_back(item);
    if (!held.wanted.empty() && !had.empty()) out.push_back(std::move(held));
  }
  return out;
}

namespace {

Result<Protocol> by_files(const Parts& parts, std::vector<Pair> train, PairNames& names,
                          uint64_t seed) {
  auto test = TRY(read_pairs(parts.test, names));
  std::vector<Pair> valid;
  if (!parts.valid.empty()) valid = TRY(read_pairs(parts.valid, names));
  const auto people = static_cast<uint32_t>(names.people.size());
  const auto items = static_cast<uint32_t>(names.items.size());
  const Pairs first(train, people, items), later(std::move(test), people, items);
  train.insert(train.end(), valid.begin(), valid.end());
  Pairs all(std::move(train), people, items);
  auto held = held_of(all, later);
  if (!valid.empty()) {
    auto checked = held_of(first, Pairs(std::move(valid), people, items));
    return Protocol{.words =
                        "chosen on the valid file, made of the train and valid files, "
                        "measured on the test file",
                    .rest = first,
                    .validation = std::move(checked),
                    .all = std::move(all),
                    .test = std::move(held)};
  }
  understand::Slice slice = understand::hold_back(first, slice_people_max, seed);
  return Protocol{.words = fmt::format(
                      "chosen on a slice of the train file (a fifth of the items of {} people, "
                      "{}), made of all of it, measured on the test file",
                      slice.held.size(), first.timed() ? "the newest" : "drawn by the seed"),
                  .rest = std::move(slice.rest),
                  .validation = std::move(slice.held),
                  .all = std::move(all),
                  .test = std::move(held)};
}

Result<Protocol> protocol_of(const TopnQuestion& question) {
  PairNames names;
  auto train = TRY(read_pairs(question.parts.train, names));
  Protocol out = question.parts.test.empty()
                     ? leave_one_out(train, names)
                     : TRY(by_files(question.parts, std::move(train), names, question.seed));
  if (out.test.empty())
    return fail(ErrorCode::invalid,
                "Nobody in the test has an item that is new to them and a known past.",
                "People and items must have the same names in both files.");
  return out;
}

double seconds_since(std::chrono::steady_clock::time_point began) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
}

void write(ground::JsonWriter& json, const Measured& m) {
  json.object().member("ndcg@20", m.ndcg20).member("recall@20", m.recall20);
  json.member("hr@10", m.hr10).end_object();
}

}  // namespace

Result<TopnReport> evaluate_topn(const TopnQuestion& question) {
  const Protocol protocol = TRY(protocol_of(question));
  TopnReport out{.protocol = protocol.words,
                 .seed = question.seed,
                 .people = protocol.all.people(),
                 .items = protocol.all.items(),
                 .pairs = protocol.all.size()};
  out.protocol += "; all items that a person did not have are ranked; ratings are not looked at";
  auto began = std::chrono::steady_clock::now();
  understand::Choice choice = understand::choose_model(
      protocol.rest, protocol.validation, {.seed = question.seed, .progress = question.progress});
  out.choice_s = seconds_since(began);
  began = std::chrono::steady_clock::now();
  const understand::ModelPtr model = understand::make(choice.recipe, protocol.all);
  if (!model)
    return fail(ErrorCode::invalid, "The chosen model cannot be made of all of the data.");
  out.fit_s = seconds_since(began);
  out.tried = std::move(choice.tried);
  out.chosen = model->name();
  out.measured = understand::measure(*model, protocol.test);
  const understand::ModelPtr plain = make({understand::PopularSettings{}}, protocol.all);
  out.popular = understand::measure(*plain, protocol.test);
  return out;
}

std::string to_json(const TopnReport& report) {
  ground::JsonWriter json;
  json.object().member("task", "topn").member("protocol", report.protocol);
  json.member("seed", report.seed).member("chosen", report.chosen);
  write(json.key("metrics"), report.measured);
  write(json.key("popular"), report.popular);
  json.member("predictions", uint64_t{report.measured.people});
  json.member("people", uint64_t{report.people}).member("items", uint64_t{report.items});
  json.member("pairs", uint64_t{report.pairs});
  json.member("choice_s", report.choice_s).member("fit_s", report.fit_s);
  json.key("tried").array();
  for (const understand::Tried& tried : report.tried) {
    json.object().member("model", tried.name);
    write(json.key("validation"), tried.measured);
    json.end_object();
  }
  return json.end_array().end_object().take();
}

}  // namespace aizuchi::serve
