#include "import.h"

#include <filesystem>

#include "text.h"

namespace grocery {

namespace {

std::string event_json(std::string_view name, const std::string& household, std::string_view id,
                       int64_t at_ms, const std::string& properties) {
  return JsonObject()
      .text("type", "track")
      .text("event", name)
      .text("userId", household)
      .text("messageId", id)
      .text("timestamp", iso_date(at_ms))
      .raw("properties", properties)
      .take();
}

// One import from its first table to its last.
class Import {
 public:
  Import(aizuchi::Engine& engine, std::string data, const Catalog& catalog, int64_t as_of_ms,
         ErrorFile& errors, Progress& progress)
      : data_(std::move(data)),
        catalog_(catalog),
        as_of_ms_(as_of_ms),
        errors_(errors),
        progress_(progress),
        outbox_(engine, errors) {}

  Imported run();

 private:
  // A row as an event; "" after its error was noted.
  using Make = std::string (Import::*)(const Table& table, const Row& row);

  bool read(const std::string& file, const std::string& title, std::vector<std::string> columns,
            const std::string& source, Make make);
  bool read_campaigns();
  bool note_first_mails();
  bool consents();

  std::string household_event(const Table& table, const Row& row);
  std::string mail_event(const Table& table, const Row& row);
  std::string purchase_event(const Table& table, const Row& row);
  std::string redemption_event(const Table& table, const Row& row);

  std::string wrong(const RowError& error);
  bool household(const Table& table, const Row& row, size_t field);
  std::optional<int64_t> date(const Table& table, const Row& row, size_t field);
  bool first_time(const Table& table, const Row& row, const std::string& id);

  std::string data_;
  const Catalog& catalog_;
  int64_t as_of_ms_;
  ErrorFile& errors_;
  Progress& progress_;
  Outbox outbox_;
  std::unordered_map<std::string, size_t> line_of_;  // of the table being read: event id -> line
  std::map<std::string, int64_t> campaign_starts_;
  std::map<std::string, int64_t, ByNumber> first_mail_;  // by household
  Imported out_;
};

std::string Import::wrong(const RowError& error) {
  errors_.add(error);
  return "";
}

bool Import::household(const Table& table, const Row& row, size_t field) {
  if (is_number(row.fields[field])) return true;
  errors_.add(table.error(row, field, "a household number"));
  return false;
}

std::optional<int64_t> Import::date(const Table& table, const Row& row, size_t field) {
  const auto at = read_date(row.fields[field]);
  if (!at)
    errors_.add(table.error(row, field, "a date such as 2017-07-31 or 2017-07-31 14:06:53"));
  else if (*at > as_of_ms_)
    errors_.add(table.error(row, field, "a date up to " + iso_date(as_of_ms_).substr(0, 10)));
  else
    return at;
  return std::nullopt;
}

bool Import::first_time(const Table& table, const Row& row, const std::string& id) {
  const auto [first, fresh] = line_of_.emplace(id, row.line);
  if (fresh) return true;
  errors_.add(table.error(row.line, id,
                          "each of these once: it is on line " + std::to_string(first->second)));
  return false;
}

std::string Import::household_event(const Table& table, const Row& row) {
  static constexpr std::string_view facts[] = {"",
                                               "age_band",
                                               "income_band",
                                               "home_ownership",
                                               "marital_status",
                                               "household_size",
                                               "household_comp",
                                               "kids_count"};
  if (!household(table, row, 0)) return "";
  const std::string id = "household-" + row.fields[0];
  if (!first_time(table, row, id)) return "";
  out_.everyone.insert(row.fields[0]);
  JsonObject traits;
  for (size_t i = 1; i < std::size(facts); ++i)
    if (row.fields[i] != "NA" && !row.fields[i].empty()) traits.text(facts[i], row.fields[i]);
  // Without a date: the table has none, so a fact is as old as its import.
  return JsonObject()
      .text("type", "identify")
      .text("userId", row.fields[0])
      .text("messageId", id)
      .raw("traits", traits.take())
      .take();
}

std::string Import::mail_event(const Table& table, const Row& row) {
  const std::string& campaign = row.fields[0];
  if (!household(table, row, 1)) return "";
  const auto starts = campaign_starts_.find(campaign);
  if (starts == campaign_starts_.end())
    return wrong(table.error(row, 0, "a campaign of campaign_descriptions.csv"));
  const std::string id = "mail-" + campaign + "-" + row.fields[1];
  if (!first_time(table, row, id)) return "";
  out_.everyone.insert(row.fields[1]);
  return event_json("Mail Sent", row.fields[1], id, starts->second,
                    JsonObject().text("campaign", campaign).take());
}

std::string Import::purchase_event(const Table& table, const Row& row) {
  enum Field : size_t { who, store, basket, product, quantity, paid, at };
  if (!household(table, row, who)) return "";
  for (const Field field : {basket, product})
    if (!is_number(row.fields[field])) return wrong(table.error(row, field, "a number"));
  if (!is_number(row.fields[quantity])) return wrong(table.error(row, quantity, "a whole number"));
  const auto value = read_amount(row.fields[paid]);
  if (!value) return wrong(table.error(row, paid, "an amount such as 3.86"));
  const auto when = date(table, row, at);
  if (!when) return "";
  const std::string id = "till-" + row.fields[basket] + "-" + row.fields[product];
  if (!first_time(table, row, id)) return "";
  out_.everyone.insert(row.fields[who]);
  JsonObject properties;
  properties.text("product_id", row.fields[product]);
  const auto shelf = catalog_.shelves.find(row.fields[product]);
  if (shelf == catalog_.shelves.end()) {
    ++out_.unknown_products;
  } else {
    if (!shelf->second.department.empty()) properties.text("department", shelf->second.department);
    if (!shelf->second.category.empty()) properties.text("category", shelf->second.category);
  }
  properties.raw("quantity", std::to_string(std::stoull(row.fields[quantity])))
      .raw("value", json_number(*value))
      .text("store", row.fields[store]);
  return event_json("Product Purchased", row.fields[who], id, *when, properties.take());
}

std::string Import::redemption_event(const Table& table, const Row& row) {
  enum Field : size_t { who, coupon, campaign, at };
  if (!household(table, row, who)) return "";
  if (!is_number(row.fields[coupon])) return wrong(table.error(row, coupon, "a coupon number"));
  const auto when = date(table, row, at);
  if (!when) return "";
  const std::string id = "coupon-" + row.fields[who] + "-" + row.fields[coupon] + "-" +
                         row.fields[campaign] + "-" + row.fields[at];
  if (!first_time(table, row, id)) return "";
  out_.everyone.insert(row.fields[who]);
  return event_json("Coupon Redeemed", row.fields[who], id, *when,
                    JsonObject()
                        .text("coupon", row.fields[coupon])
                        .text("campaign", row.fields[campaign])
                        .take());
}

bool Import::read(const std::string& file, const std::string& title,
                  std::vector<std::string> columns, const std::string& source, Make make) {
  const Stopwatch stopwatch;
  const std::string path = data_ + "/" + file;
  std::ifstream in(path, std::ios::binary);
  Table table(in, file, std::move(columns));
  if (!table.problem().empty()) {
    out_.problem = table.problem();
    return false;
  }
  progress_.begin(title, std::filesystem::file_size(path));
  line_of_.clear();
  const size_t errors_before = errors_.count();
  if (!outbox_.begin(file, source)) return false;
  Row row;
  while (table.next(row, errors_)) {
    const std::string event = (this->*make)(table, row);
    if (!event.empty() && !outbox_.add(event, row.line)) return false;
    progress_.at(table.bytes());
  }
  if (!outbox_.flush()) return false;
  progress_.end();
  out_.tables.push_back({.file = file,
                         .rows = table.rows(),
                         .accepted = outbox_.accepted(),
                         .no_basis = outbox_.no_basis(),
                         .in_errors = errors_.count() - errors_before - outbox_.accepted_in_part(),
                         .took = stopwatch.took()});
  return true;
}

// Two small tables that only say when: no event comes of them.
bool Import::read_campaigns() {
  std::ifstream in(data_ + "/campaign_descriptions.csv", std::ios::binary);
  Table table(in, "campaign_descriptions.csv", {"campaign_id", "start_date"});
  out_.problem = table.problem();
  Row row;
  while (out_.problem.empty() && table.next(row, errors_))
    if (const auto at = date(table, row, 1)) campaign_starts_.emplace(row.fields[0], *at);
  return out_.problem.empty() && note_first_mails();
}

bool Import::note_first_mails() {
  std::ifstream in(data_ + "/campaigns.csv", std::ios::binary);
  Table table(in, "campaigns.csv", {"campaign_id", "household_id"});
  out_.problem = table.problem();
  Row row;
  ErrorFile noted_when_read;
  while (out_.problem.empty() && table.next(row, noted_when_read)) {
    const auto starts = campaign_starts_.find(row.fields[0]);
    if (starts == campaign_starts_.end() || !is_number(row.fields[1])) continue;
    const auto [first, fresh] = first_mail_.emplace(row.fields[1], starts->second);
    if (!fresh) first->second = std::min(first->second, starts->second);
  }
  return out_.problem.empty();
}

// Who is on a mailing list has agreed to be, at the latest when the first mail went out; nobody
// else has.
bool Import::consents() {
  if (!outbox_.begin("campaigns.csv", "mailer")) return false;
  for (const auto& [household, at] : first_mail_) {
    const std::string properties = R"({"purposes":{"coupons":true}})";
    if (!outbox_.add(
            event_json("Consent Updated", household, "agreed-" + household, at, properties), 0))
      return false;
  }
  if (!outbox_.flush()) return false;
  out_.consents = outbox_.accepted();
  return true;
}

Imported Import::run() {
  const Stopwatch stopwatch;
  const bool done = read("demographics.csv", "households",
                         {"household_id", "age", "income", "home_ownership", "marital_status",
                          "household_size", "household_comp", "kids_count"},
                         "crm", &Import::household_event) &&
                    read_campaigns() && consents() &&
                    read("campaigns.csv", "mailings", {"campaign_id", "household_id"}, "mailer",
                         &Import::mail_event) &&
                    read("transactions.csv", "purchases",
                         {"household_id", "store_id", "basket_id", "product_id", "quantity",
                          "sales_value", "transaction_timestamp"},
                         "pos", &Import::purchase_event) &&
                    read("coupon_redemptions.csv", "redemptions",
                         {"household_id", "coupon_upc", "campaign_id", "redemption_date"}, "pos",
                         &Import::redemption_event);
  if (!done && out_.problem.empty()) out_.problem = outbox_.problem();
  out_.events = outbox_.sent();
  out_.took = stopwatch.took();
  return std::move(out_);
}

}  // namespace

Imported import_tables(aizuchi::Engine& engine, const std::string& data, const Catalog& catalog,
                       int64_t as_of_ms, ErrorFile& errors, Progress& progress) {
  return Import(engine, data, catalog, as_of_ms, errors, progress).run();
}

}  // namespace grocery
