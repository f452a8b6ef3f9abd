#include "serve/evaluate/mailings.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <map>
#include <set>

#include "serve/evaluate/plain_file.h"
#include "serve/tables/table_reader.h"

namespace aizuchi::serve {

using ground::ErrorCode;
using ground::fail;
using ground::Result;

namespace {

constexpr double day_s = 86'400;

// Calls each row with its cells in the order of `columns`.
using EachRow = std::function<void(const std::vector<std::string>&)>;
Result<void> read(const std::filesystem::path& path, const std::vector<std::string>& columns,
                  const EachRow& each) {
  std::ifstream in(path, std::ios::binary);
  if (!in) return fail(ErrorCode::not_found, fmt::format("{} cannot be read.", path.string()));
  TableReader reader(in, {});
  TableRow row;
  if (!reader.next(row)) return fail(ErrorCode::invalid, path.string() + " is empty.");
  std::vector<size_t> places;
  for (const std::string& column : columns) {
    const auto at = std::ranges::find(row.cells, column);
    if (at == row.cells.end())
      return fail(ErrorCode::invalid,
                  fmt::format("{}:1: there is no column {}.", path.string(), column));
    places.push_back(static_cast<size_t>(at - row.cells.begin()));
  }
  std::vector<std::string> cells(columns.size());
  while (reader.next(row)) {
    if (!row.wrong.empty())
      return fail(ErrorCode::invalid, fmt::format("{}:{}: {}", path.string(), row.line, row.wrong));
    for (size_t i = 0; i < places.size(); ++i)
      cells[i] = places[i] < row.cells.size() ? row.cells[places[i]] : "";
    each(cells);
  }
  return {};
}

struct Campaign {
  std::string type;
  double begins = 0;
  std::set<std::string> products, coupons;
};
struct Bought {
  double at = 0, spent = 0;
  bool by_coupon = false;
  std::string product, basket;
};
struct Household {
  std::vector<std::string> campaigns;
  std::vector<std::pair<double, std::string>> redeemed;  // when, of which campaign
  std::vector<Bought> bought;
  std::vector<double> people;  // what demographics say
};

class Mailings {
 public:
  explicit Mailings(std::filesystem::path folder) : folder_(std::move(folder)) {}

  Result<OutcomeRows> rows() {
    TRY(read_campaigns());
    TRY(read_past());
    TRY(read_people());
    OutcomeRows out{.form = "a row a household and campaign: was one of its coupons redeemed?"};
    out.features = {"type A",          "type C",         "redeemed rate",   "redemptions",
                    "campaigns had",   "ever redeemed",  "redeemed lately", "spent a month",
                    "coupons a month", "offered bought", "baskets a month", "coupons offered",
                    "offered share",   "rate in type A", "spent in type A"};
    out.about_people.assign(out.features.size(), false);
    for (const std::string& name : people_names_) {
      out.features.push_back(name);
      out.about_people.push_back(true);
    }
    for (const auto& [id, household] : households_)
      for (const std::string& campaign : household.campaigns)
        out.rows.push_back(row_of(household, campaign));
    std::ranges::sort(out.rows, {},
                      [](const OutcomeRow& r) { return std::tuple(r.at, r.features, r.outcome); });
    return out;
  }

 private:
  Result<void> read_campaigns() {
    TRY(read(folder_ / "campaign_descriptions.csv", {"campaign_id", "campaign_type", "start_date"},
             [&](const auto& c) { campaigns_[c[0]] = {c[1], seconds(c[2]), {}, {}}; }));
    TRY(read(folder_ / "coupons.csv", {"campaign_id", "product_id", "coupon_upc"},
             [&](const auto& c) {
               campaigns_[c[0]].products.insert(c[1]);
               campaigns_[c[0]].coupons.insert(c[2]);
             }));
    return read(folder_ / "campaigns.csv", {"household_id", "campaign_id"},
                [&](const auto& c) { households_[c[0]].campaigns.push_back(c[1]); });
  }

  Result<void> read_past() {
    TRY(read(folder_ / "coupon_redemptions.csv", {"household_id", "redemption_date", "campaign_id"},
             [&](const auto& c) { households_[c[0]].redeemed.emplace_back(seconds(c[1]), c[2]); }));
    return read(folder_ / "transactions.csv",
                {"household_id", "transaction_timestamp", "sales_value", "coupon_disc",
                 "product_id", "basket_id"},
                [&](const auto& c) {
                  const double at = seconds(c[1]);
                  began_ = std::min(began_, at);
                  households_[c[0]].bought.push_back(
                      {at, std::atof(c[2].c_str()), std::atof(c[3].c_str()) > 0, c[4], c[5]});
                });
  }

  // Each word of each column is a feature of its own; who is not in the file has none.
  Result<void> read_people() {
    const auto file = folder_ / "demographics.csv";
    if (!std::filesystem::exists(file)) return {};
    const std::vector<std::string> columns = {
        "household_id",   "age",       "income", "home_ownership", "marital_status",
        "household_size", "kids_count"};
    std::map<std::string, size_t> words;
    std::map<std::string, std::vector<std::string>> known;
    TRY(read(file, columns, [&](const auto& c) {
      for (size_t i = 1; i < c.size(); ++i) {
        const std::string word = columns[i] + "=" + c[i];
        words.emplace(word, 0);
        known[c[0]].push_back(word);
      }
    }));
    for (auto& [word, place] : words) {
      place = people_names_.size();
      people_names_.push_back(word);
    }
    for (auto& [id, household] : households_) {
      household.people.assign(people_names_.size(), 0);
      for (const std::string& word : known[id]) household.people[words.at(word)] = 1;
    }
    return {};
  }

  static double seconds(const std::string& text) { return seconds_of(text).value_or(0); }

  // Only what lies before the campaign's first day.
  OutcomeRow row_of(const Household& household, const std::string& name) {
    const Campaign& campaign = campaigns_[name];
    const double now = campaign.begins;
    std::set<std::string> redeemed, baskets;
    double redemptions = 0, last = now - 400 * day_s, had = 0, spent = 0, by_coupon = 0, fit = 0,
           lines = 0, outcome = 0;
    for (const auto& [at, of] : household.redeemed) {
      outcome = of == name ? 1 : outcome;
      if (at >= now) continue;
      redeemed.insert(of), ++redemptions, last = std::max(last, at);
    }
    for (const std::string& other : household.campaigns)
      had += campaigns_[other].begins < now ? 1 : 0;
    for (const Bought& one : household.bought) {
      if (one.at >= now) continue;
      spent += one.spent, ++lines, baskets.insert(one.basket);
      by_coupon += one.by_coupon ? 1 : 0;
      fit += campaign.products.contains(one.product) ? 1 : 0;
    }
    const double months = std::max(30.0, (now - began_) / day_s) / 30;
    const double a = campaign.type == "Type A" ? 1 : 0, c = campaign.type == "Type C" ? 1 : 0;
    const double rate = std::log((static_cast<double>(redeemed.size()) + 0.3) / (had + 3));
    const double a_month = std::log1p(std::max(0.0, spent / months));
    OutcomeRow out{.at = now, .outcome = outcome, .features = {}};
    out.features = {a,
                    c,
                    rate,
                    std::log1p(redemptions),
                    std::log1p(had),
                    redeemed.empty() ? 0.0 : 1.0,
                    std::exp((last - now) / (60 * day_s)),
                    a_month,
                    std::log1p(by_coupon / months),
                    std::log1p(fit),
                    std::log1p(static_cast<double>(baskets.size()) / months),
                    std::log1p(static_cast<double>(campaign.coupons.size())),
                    std::log1p(fit) / (std::log1p(lines) + 1),
                    a * rate,
                    a * a_month};
    out.features.insert(out.features.end(), household.people.begin(), household.people.end());
    return out;
  }

  const std::filesystem::path folder_;
  std::map<std::string, Campaign> campaigns_;
  std::map<std::string, Household> households_;
  std::vector<std::string> people_names_;
  double began_ = 1e18;
};

}  // namespace

Result<OutcomeRows> read_mailings(const std::filesystem::path& folder) {
  OutcomeRows out = TRY(Mailings(folder).rows());
  if (out.rows.empty())
    return fail(ErrorCode::invalid, fmt::format("{} has no mailings.", folder.string()));
  return out;
}

}  // namespace aizuchi::serve
