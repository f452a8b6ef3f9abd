#include "serve/app/register.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <map>

#include "ground/base/json.h"
#include "ground/catalog/brand_folder.h"
#include "ground/catalog/snapshot.h"
#include "ground/domain/vocabulary.h"

namespace aizuchi::serve {

namespace {

std::shared_ptr<const ground::Snapshot> folder(const std::string& more = "") {
  ground::BrandFiles files;
  files.files["brand.yaml"] =
      "brand: b\nname: {ja: 見本, en: Sample}\nlocales: [ja, en]\nphases: [p]\n"
      "controller: {name: {ja: 見本株式会社, en: Sample Inc.}, contact: privacy@sample.example}\n";
  files.files["creed.yaml"] = "axes: {}\n";
  files.files["phases.yaml"] = "p: {}\n";
  files.files["purposes.yaml"] = R"(
service: {basis: contract, dpv: RequestedServiceProvision, says: {ja: ご注文, en: to serve}}
care: {basis: consent, explicit: true, says: {ja: 体調への配慮, en: "to care | for <you>"}}
ads: {basis: notice, shared_for: cross-context, says: {ja: 広告, en: for ads}}
)";
  files.files["contexts.yaml"] = "contexts: {page: {shows: true}}\n";
  files.files["sources.yaml"] =
      "web: {context: page, purposes: [service, care], says: {ja: 当店のサイト, en: our site}}\n"
      "crm: {context: page, method: imported, purposes: [service], says: {ja: 台帳, en: "
      "records}}\n";
  files.files["facts.yaml"] = R"(
size: {type: string, label: {ja: サイズ, en: your size}, purposes: [service], keep: 90d}
diet: {type: string, sensitive: true, label: {ja: 食事, en: your diet}, purposes: [care], keep: 30d}
)";
  if (!more.empty()) files.files["recipients.yaml"] = more;
  ground::Vocabulary names;
  const ground::Compiled compiled = ground::compile_brand(files, names, 1);
  for (const ground::Finding& finding : compiled.findings)
    if (finding.severity == ground::Severity::error) FAIL_CHECK(ground::format_finding(finding));
  REQUIRE(compiled.snapshot);
  return compiled.snapshot;
}

constexpr const char* recipients = R"(
ad-net:
  says: {ja: 広告社, en: Ad Net Ltd.}
  gets: {ja: 閲覧したページ, en: the pages viewed}
  does: {ja: 広告の選択, en: to choose ads}
  purposes: [ads]
  by: browser
  country: US
  safeguards: SCC
  url: https://ads.example/privacy
printer:
  says: {ja: 印刷所, en: the printer}
  gets: {ja: 宛名, en: addresses}
  purposes: [service]
  by: server
)";

bool has(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

const std::string& cell(const RegisterTable& table, size_t row, std::string_view column) {
  const auto at = std::ranges::find(table.columns, column);
  REQUIRE(at != table.columns.end());
  return table.rows.at(row).at(static_cast<size_t>(at - table.columns.begin()));
}

}  // namespace

TEST_CASE("The register has each purpose with its basis, data, recipients and time limits") {
  const Register all = register_of(*folder(recipients), RegisterLanguage::english);
  CHECK(all.head.front().second == "Sample Inc.");
  const RegisterTable& table = all.tables.at(0);
  REQUIRE(table.rows.size() == 3);
  CHECK(cell(table, 0, "Purpose") == "to serve\n(dpv:RequestedServiceProvision)");
  CHECK(cell(table, 0, "Legal basis") == "contract (6(1)(b))");
  CHECK(has(cell(table, 0, "Which data"), "your size"));
  CHECK_FALSE(has(cell(table, 0, "Which data"), "your diet"));
  CHECK(has(cell(table, 0, "Kept for"), "your size: 90 days"));
  CHECK(cell(table, 0, "From where") == "our site\nrecords");
  CHECK(cell(table, 0, "Recipients") == "the printer");
  CHECK(cell(table, 0, "Abroad").empty());
  CHECK(has(cell(table, 1, "Legal basis"), "9(2)(a)"));
  CHECK(has(cell(table, 1, "Which data"), "your diet (sensitive)"));
  CHECK(cell(table, 2, "Abroad") == "US: SCC");
  // Nothing comes in for it, so nothing is seen for it.
  CHECK(cell(table, 2, "Which data").empty());
}

TEST_CASE("What a visitor's browser sends is told with its recipient and both purposes") {
  const Register all = register_of(*folder(recipients), RegisterLanguage::japanese);
  const RegisterTable& table = all.tables.at(1);
  CHECK(table.title == "外部送信について(電気通信事業法第27条の12)");
  REQUIRE(table.rows.size() == 2);
  CHECK(has(cell(table, 0, "送信先"), "見本株式会社"));
  CHECK(has(cell(table, 0, "送信される情報"), "サイズ"));
  CHECK_FALSE(has(cell(table, 0, "送信される情報"), "食事"));
  CHECK(cell(table, 1, "送信先") == "広告社\nUS\nhttps://ads.example/privacy");
  CHECK(cell(table, 1, "送信される情報") == "閲覧したページ");
  CHECK(cell(table, 1, "当社の利用目的") == "広告");
  CHECK(cell(table, 1, "送信先の利用目的") == "広告の選択");
  CHECK(cell(table, 1, "止めるには") == "PUT /v1/me/purposes/ads\nSec-GPC");
}

TEST_CASE("Nothing of a folder is markup in a register, and its JSON reads back") {
  const Register all = register_of(*folder(recipients), RegisterLanguage::english);
  const std::string page = register_html(all), text = register_markdown(all);
  CHECK(has(page, "to care | for &lt;you&gt;"));
  CHECK(has(text, "to care \\| for &lt;you&gt;"));
  CHECK_FALSE(has(page + text, "<you>"));
  const auto json = ground::parse_json(register_json(all));
  REQUIRE(json.has_value());
  CHECK(json->find("processing")->as_list().size() == 3);
  CHECK(json->find("transmissions")->as_list().size() == 2);
  CHECK(json->find("controller")->find("Contact")->as_string() == "privacy@sample.example");
}

TEST_CASE("A folder whose visitors send nothing anywhere says so") {
  Register all = register_of(*folder(), RegisterLanguage::english);
  all.tables.at(1).rows.clear();
  CHECK(has(register_markdown(all), "Your browser sends nothing to anybody."));
  CHECK(has(register_html(all), "Your browser sends nothing to anybody."));
}

}  // namespace aizuchi::serve
