// The product feed: stock, price and validity as they change by the minute, without a publish. What
// it says wins over the folder until it says null; a publish changes nothing about that.
#include <fmt/format.h>

#include <cmath>

#include "ground/base/bytes.h"
#include "ground/base/text.h"
#include "serve/partition/state.h"

namespace aizuchi::serve {

using ground::ErrorCode;
using ground::fail;
using ground::Instant;
using ground::ProductNews;
using ground::Result;
using ground::Space;
using ground::Value;

namespace {

constexpr uint8_t news_format = 1;
constexpr std::string_view prefix = "feed/";
const std::vector<std::string> members = {"id", "stock", "price", "from", "until"};

std::string encode_news(const ProductNews& news, Instant at) {
  ground::ByteWriter out;
  out.u8(news_format);
  out.zigzag(at.ms);
  out.u8(static_cast<uint8_t>(news.stock.has_value() | news.price.has_value() << 1 |
                              news.from.has_value() << 2 | news.until.has_value() << 3));
  if (news.stock) out.zigzag(*news.stock);
  if (news.price) out.f64(*news.price);
  if (news.from) out.zigzag(news.from->ms);
  if (news.until) out.zigzag(news.until->ms);
  return out.take();
}

Result<ProductNews> decode_news(std::string_view bytes) {
  ground::ByteReader in(bytes);
  if (in.u8() != news_format)
    return fail(ErrorCode::unsupported, "an entry of the product feed is in a newer format");
  in.zigzag();  // when it was said
  const uint8_t has = in.u8();
  ProductNews news;
  if ((has & 1) != 0) news.stock = in.zigzag();
  if ((has & 2) != 0) news.price = in.f64();
  if ((has & 4) != 0) news.from = Instant{in.zigzag()};
  if ((has & 8) != 0) news.until = Instant{in.zigzag()};
  if (!in.done())
    return fail(ErrorCode::corrupted, "a stored entry of the product feed does not check");
  return news;
}

Result<std::optional<Instant>> read_moment(const Value& value, std::string_view name) {
  if (value.is_null()) return std::optional<Instant>();
  if (value.is(Value::Kind::string))
    if (const auto moment = ground::parse_instant(value.as_string()))
      return std::optional<Instant>(*moment);
  return fail(ErrorCode::invalid,
              fmt::format("{} is not a moment: expected 2026-04-01T09:00:00+09:00, or null", name));
}

// One member of a row onto what was said before; null takes the folder's word again.
Result<void> read_member(std::string_view name, const Value& value, ProductNews& news) {
  if (name == "stock") {
    if (!value.is_null() && !(value.is(Value::Kind::integer) && value.as_int() >= 0))
      return fail(ErrorCode::invalid, "stock is not a whole number from 0, or null");
    news.stock = value.is_null() ? std::nullopt : std::optional(value.as_int());
  } else if (name == "price") {
    const double price = value.number_or(-1);
    if (!value.is_null() && (!std::isfinite(price) || price < 0))
      return fail(ErrorCode::invalid, "price is not a number from 0, or null");
    news.price = value.is_null() ? std::nullopt : std::optional(price);
  } else if (name == "from") {
    news.from = TRY(read_moment(value, name));
  } else if (name == "until") {
    news.until = TRY(read_moment(value, name));
  } else if (name != "id") {
    const std::string meant = ground::nearest(name, members);
    return fail(ErrorCode::invalid,
                fmt::format("a row has id, stock, price, from and until{}",
                            meant.empty() ? "" : fmt::format(": did you mean {}?", meant)));
  }
  return {};
}

Result<ProductNews> read_row(const Value& row, const ProductNews& before) {
  ProductNews news = before;
  for (const auto& [name, value] : row.as_map()) TRY(read_member(name.as_string(), value, news));
  if (row.as_map().size() < 2)
    return fail(ErrorCode::invalid, "the row says nothing: expected stock, price, from or until");
  if (news.from && news.until && *news.until < *news.from)
    return fail(ErrorCode::invalid, "until is before from");
  return news;
}

}  // namespace

Result<void> Partition::State::load_feed() {
  Result<void> outcome;
  const auto each = [&](std::string_view name, std::string_view bytes) {
    auto news = decode_news(bytes);
    if (!news) {
      outcome = std::unexpected(news.error());
      return false;
    }
    feed.emplace(name.substr(prefix.size()), *news);
    return true;
  };
  TRY(store->scan(Space::meta, prefix, "", ground::Direction::forward, each));
  return outcome;
}

void Partition::State::override_product(std::string_view id, const ProductNews& news) {
  const ground::Product* product = snapshot ? snapshot->product(id) : nullptr;
  if (product == nullptr) return;  // of another version; the feed keeps it
  const uint32_t at = product->id.index;
  if (at >= overrides.products.size()) overrides.products.resize(at + 1);
  overrides.products[at] = news;
}

void Partition::State::override_products() {
  overrides.products.clear();
  for (const auto& [id, news] : feed) override_product(id, news);
}

Result<Fed> Partition::State::read_feed(const Value& rows, ground::Batch& batch) {
  TRY(store->writable());
  if (!snapshot)
    return fail(ErrorCode::unavailable, "no brand folder is published yet",
                "run `aizuchi apply DIR`, then send again");
  if (!rows.is(Value::Kind::list) || rows.as_list().empty())
    return fail(ErrorCode::invalid, "the products are not a list",
                R"(send {"products": [{"id": "p-1", "stock": 12, "price": 1480}]})");
  if (rows.as_list().size() > feed_rows_max)
    return fail(ErrorCode::too_large,
                fmt::format("more than {} products in one call", feed_rows_max),
                "send them in several");
  Fed out;
  for (size_t i = 0; i < rows.as_list().size(); ++i) {
    const Value& row = rows.as_list()[i];
    const Value* id = row.is(Value::Kind::map) ? row.find("id") : nullptr;
    if (id == nullptr || !id->is(Value::Kind::string)) {
      out.refused.push_back({i, "", "a row is an object with the product's id"});
      continue;
    }
    const std::string& name = id->as_string();
    if (snapshot->product(name) == nullptr) {
      out.refused.push_back({i, name, "the live brand folder has no product of this id"});
      continue;
    }
    const auto before = feed.find(name);
    const auto news = read_row(row, before == feed.end() ? ProductNews{} : before->second);
    if (!news) {
      out.refused.push_back({i, name, news.error().message});
      continue;
    }
    ++out.accepted;
    override_product(name, *news);
    const std::string key = std::string(prefix) + name;
    if (news->empty()) {
      feed.erase(name);
      batch.erase(Space::meta, key);
    } else {
      feed[name] = *news;
      batch.put(Space::meta, key, encode_news(*news, clock.now()));
    }
  }
  if (feed.empty()) overrides.products.clear();  // free again
  return out;
}

void Partition::feed_products(const Value& rows, FeedDone done) {
  ground::Batch batch;
  auto fed = state_->read_feed(rows, batch);
  if (!fed) return done(fed);
  State* state = state_.get();
  state->store->commit(
      std::move(batch), ground::Durability::synced,
      [state, fed = std::move(fed), finish = std::move(done)](const Result<void>& written) mutable {
        if (!written) fed = std::unexpected(written.error());
        state->hand_over([fed = std::move(fed), finish = std::move(finish)] { finish(fed); });
      });
}

Result<Fed> Partition::feed_products_and_wait(const Value& rows) {
  ground::Batch batch;
  Fed fed = TRY(state_->read_feed(rows, batch));
  TRY(state_->store->commit_and_wait(std::move(batch), ground::Durability::synced));
  return fed;
}

}  // namespace aizuchi::serve
