#include <doctest/doctest.h>
#include <unistd.h>

#include <filesystem>
#include <sstream>

#include "run.h"
#include "text.h"

using namespace grocery;
namespace fs = std::filesystem;

namespace {

std::string read_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

constexpr auto purchase_columns =
    "household_id,store_id,basket_id,product_id,quantity,sales_value,retail_disc,coupon_disc,"
    "coupon_match_disc,week,transaction_timestamp\r\n";

// The sample in a folder of its own, for a test to damage.
struct Shop {
  std::string folder;
  Options options;

  Shop() {
    static int count = 0;
    folder = (fs::temp_directory_path() /
              ("aizuchi-grocery-" + std::to_string(getpid()) + "-" + std::to_string(++count)))
                 .string();
    fs::remove_all(folder);
    fs::create_directories(folder);
    fs::copy(AIZUCHI_GROCERY "/sample", folder + "/data", fs::copy_options::recursive);
    fs::copy(AIZUCHI_GROCERY "/brand", folder + "/brand", fs::copy_options::recursive);
    options = {.data = folder + "/data",
               .brand = folder + "/brand",
               .sensitive_list = AIZUCHI_GROCERY "/sensitive-categories.txt",
               .out = folder + "/out",
               .as_of_ms = *read_date("2017-07-31 23:59:59"),
               .progress = Progress::Show::nothing};
  }
  ~Shop() { fs::remove_all(folder); }
  Shop(const Shop&) = delete;
  Shop& operator=(const Shop&) = delete;

  void write(const std::string& file, const std::string& bytes) const {
    std::ofstream(folder + "/" + file, std::ios::binary) << bytes;
  }
  Outcome run() const {
    Outcome outcome = grocery::run(options);
    REQUIRE_MESSAGE(outcome.problem.empty(), outcome.problem);
    return outcome;
  }
  std::string errors() const { return read_file(options.out + "/errors.csv"); }
  std::string decisions() const { return read_file(options.out + "/decisions.ndjson"); }
  std::string decision(const std::string& household, const std::string& slot) const {
    std::istringstream in(decisions());
    const std::string start = R"({"household":")" + household + R"(","slot":")" + slot + R"(",)";
    for (std::string line; std::getline(in, line);)
      if (line.starts_with(start)) return line;
    return "";
  }
};

const Tally& tally(const Outcome& outcome, const std::string& file) {
  for (const Tally& each : outcome.imported.tables)
    if (each.file == file) return each;
  FAIL("no table " << file);
  return outcome.imported.tables.front();
}

bool has(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

// The rows of a table as "a|b", and its errors as "line:expected".
struct Reading {
  std::vector<std::string> rows, errors;
};
Reading reading(const std::string& bytes) {
  const std::string path =
      (fs::temp_directory_path() / ("aizuchi-errors-" + std::to_string(getpid()))).string();
  Reading out;
  {
    std::istringstream in(bytes);
    ErrorFile errors(path);
    Table table(in, "t", {"a", "b"});
    REQUIRE(table.problem() == "");
    Row row;
    while (table.next(row, errors)) out.rows.push_back(row.fields[0] + "|" + row.fields[1]);
    CHECK(table.rows() == out.rows.size() + errors.count());
  }
  std::istringstream lines(read_file(path));
  std::string line;
  for (std::getline(lines, line); std::getline(lines, line);) out.errors.push_back(line);
  fs::remove(path);
  return out;
}

using Strings = std::vector<std::string>;

}  // namespace

TEST_CASE("A table is read as spreadsheets write it") {
  CHECK(reading("a,b\n1,2\n").rows == Strings{"1|2"});
  CHECK(reading("a,b\r\n1,2\r\n").rows == Strings{"1|2"});
  CHECK(reading("\xEF\xBB\xBF"
                "a,b\r\n1,2")
            .rows == Strings{"1|2"});
  CHECK(reading("b,x,a\n1,2,3\n").rows == Strings{"3|1"});
  CHECK(reading("a,b\n\"x, \"\"y\"\"\",2\n").rows == Strings{"x, \"y\"|2"});
  CHECK(reading("a,b\n\"one\ntwo\",2\n3,4\n").rows == Strings{"one\ntwo|2", "3|4"});
  CHECK(reading("a,b\n\n,\n\n").rows == Strings{"|"});
  CHECK(reading("a,b\n\"\",\"\"\n").rows == Strings{"|"});
}

TEST_CASE("A broken row is named and costs no other row") {
  Reading r = reading("a,b\n1\n2,3,4\n5,6\n");
  CHECK(r.rows == Strings{"5|6"});
  CHECK(r.errors == Strings{"t,2,,1 columns,2 columns", "t,3,,3 columns,2 columns"});

  r = reading("a,b\n1,\"open\n2,3\n4,5\n");
  CHECK(r.rows == Strings{"2|3", "4|5"});
  CHECK(r.errors == Strings{R"(t,2,,"1,""open",a row without a quote that is not closed)"});

  r = reading("a,b\n\"x\"y,1\n2,3\n");
  CHECK(r.rows == Strings{"2|3"});
  CHECK(r.errors.size() == 1);

  r = reading("a,b\n1,caf\xE9\n2,caf\xC3\xA9\n");
  CHECK(r.rows == Strings{"2|caf\xC3\xA9"});
  CHECK(r.errors == Strings{"t,2,b,caf\\xE9,text in UTF-8"});

  // A stray quote far from the end: the rows after it are still read.
  std::string many = "a,b\n\"1,2\n";
  for (int i = 0; i < 500; ++i) many += "x,y\n";
  CHECK(reading(many).rows.size() == 500);
}

TEST_CASE("A table without a column that is needed is not guessed at") {
  for (const char* bytes : {"", "a\n1\n", "a,c\n", "\"a,b\n"}) {
    std::istringstream in(bytes);
    CHECK(Table(in, "t", {"a", "b"}).problem() != "");
  }
}

TEST_CASE("Dates and amounts are those of a calendar and a till") {
  CHECK(read_date("1970-01-01") == 0);
  CHECK(iso_date(*read_date("2017-07-31 23:21:36")) == "2017-07-31T23:21:36Z");
  CHECK(read_date("2016-02-29"));
  for (const char* wrong : {"", "2017-02-29", "2017-13-01", "2017-1-1", "31/07/2017", "2017-07-31 ",
                            "2017-07-31 24:00:00", "2017-07-31 10:60:00", "2017-07-31 10:00"})
    CHECK_FALSE(read_date(wrong));
  CHECK(read_amount("3.86") == 3.86);
  CHECK(read_amount("4.440892e-16"));  // what sums of cents leave behind
  for (const char* wrong : {"", "3.86 ", "3,86", "nan", "inf", "$3"})
    CHECK_FALSE(read_amount(wrong));
}

TEST_CASE("Every row of the sample becomes an event, every household gets its two answers") {
  const Shop shop;
  const Outcome outcome = shop.run();
  CHECK(outcome.errors == 0);
  CHECK(shop.errors() == "file,row,column,what,expected\n");
  for (const Tally& each : outcome.imported.tables) CHECK(each.accepted == each.rows);
  CHECK(tally(outcome, "demographics.csv").rows == 12);
  CHECK(tally(outcome, "campaigns.csv").rows == 23);
  CHECK(tally(outcome, "transactions.csv").rows == 126);
  CHECK(tally(outcome, "coupon_redemptions.csv").rows == 4);
  CHECK(outcome.imported.consents == 13);
  CHECK(outcome.imported.unknown_products == 1);
  CHECK(outcome.decided.people == 20);
  CHECK(outcome.decided.decisions == 40);
  CHECK(outcome.decided.slots.at("coupon.mail").reasons.at("no_consent") == 7);
  CHECK(has(summary(shop.options, outcome), "20 decisions"));
}

TEST_CASE("The same tables always give the same decisions") {
  const Shop shop;
  shop.run();
  const std::string first = shop.decisions();
  shop.run();
  CHECK(shop.decisions() == first);
}

TEST_CASE("On disk the import says the same, and can be run again in the same place") {
  Shop shop;
  shop.options.durable = true;
  for (int i = 0; i < 2; ++i) {
    const Outcome outcome = shop.run();
    CHECK(tally(outcome, "transactions.csv").accepted == 126);
    CHECK(outcome.decided.slots.at("coupon.mail").reasons.at("no_consent") == 7);
  }
  CHECK(fs::exists(shop.options.out + "/store"));
}

TEST_CASE("Damaged rows are named one by one, and all others are imported") {
  const Shop shop;
  shop.write("data/transactions.csv",
             std::string(purchase_columns) +
                 "1,301,7001,1001,1,2.50,0,0,0,5,2017-07-01 10:00:00\r\n"
                 ",301,7002,1001,1,2.50,0,0,0,5,2017-07-01 10:00:00\r\n"
                 "2,301,7003,1001,1,2.50,0,0,0,5,2017-02-30 10:00:00\r\n"
                 "2,301,7004,1001,1,2.50,0,0\r\n"
                 "2,301,7005,9e+05,1,2.50,0,0,0,5,2017-07-01 10:00:00\r\n"
                 "2,301,7006,1001,-1,2.50,0,0,0,5,2017-07-01 10:00:00\n"
                 "2,301,7007,1001,1,free,0,0,0,5,2017-07-01 10:00:00\r\n"
                 "1,301,7001,1001,1,2.50,0,0,0,5,2017-07-01 10:00:00\r\n"
                 "2,30\xE9,7008,1001,1,2.50,0,0,0,5,2017-07-01 10:00:00\r\n"
                 "2,301,7009,1001,1,2.50,0,0,0,5,2017-08-01 10:00:00\r\n"
                 "\"2\",\"3\"\"01\",7010,1001,1,2.50,0,0,0,5,2017-07-01 10:00:00\r\n");
  shop.write("data/campaigns.csv", "campaign_id,household_id\r\n1,1\r\n9,2\r\n1,x\r\n1,1\r\n");
  const Outcome outcome = shop.run();
  const std::string date = "a date such as 2017-07-31 or 2017-07-31 14:06:53";
  CHECK(shop.errors() ==
        "file,row,column,what,expected\n"
        "campaigns.csv,3,campaign_id,9,a campaign of campaign_descriptions.csv\n"
        "campaigns.csv,4,household_id,x,a household number\n"
        "campaigns.csv,5,,mail-1-1,each of these once: it is on line 2\n"
        "transactions.csv,3,household_id,,a household number\n"
        "transactions.csv,4,transaction_timestamp,2017-02-30 10:00:00," +
            date +
            "\n"
            "transactions.csv,5,,8 columns,11 columns\n"
            "transactions.csv,6,product_id,9e+05,a number\n"
            "transactions.csv,7,quantity,-1,a whole number\n"
            "transactions.csv,8,sales_value,free,an amount such as 3.86\n"
            "transactions.csv,9,,till-7001-1001,each of these once: it is on line 2\n"
            "transactions.csv,10,store_id,30\\xE9,text in UTF-8\n"
            "transactions.csv,11,transaction_timestamp,2017-08-01 10:00:00,a date up to "
            "2017-07-31\n");
  for (const Tally& each : outcome.imported.tables)
    CHECK(each.rows == each.accepted + each.no_basis + each.in_errors);
  CHECK(tally(outcome, "transactions.csv").accepted == 2);
  CHECK(tally(outcome, "campaigns.csv").accepted == 1);
}

TEST_CASE("A form with a word that is no answer is kept but for that word, and named") {
  const Shop shop;
  shop.write("data/demographics.csv",
             "household_id,age,income,home_ownership,marital_status,household_size,household_comp,"
             "kids_count\r\n1,65+,25-34K,NA,NA,many,2 Adults No Kids,0\r\n");
  const Outcome outcome = shop.run();
  CHECK(tally(outcome, "demographics.csv").accepted == 1);
  CHECK(has(shop.errors(), "demographics.csv,2,,the row's event,values that facts.yaml lists"));
  CHECK(outcome.errors == 1);
}

TEST_CASE("A folder with other things in it is not written to") {
  Shop shop;
  shop.options.out = shop.folder;  // the brand folder itself is in it
  CHECK(has(grocery::run(shop.options).problem, "holds other things"));
  CHECK(fs::exists(shop.folder + "/brand/brand.yaml"));
}

TEST_CASE("A missing table stops the import with its name") {
  const Shop shop;
  fs::remove(shop.folder + "/data/transactions.csv");
  CHECK(has(grocery::run(shop.options).problem, "transactions.csv"));
}

TEST_CASE("[P3] A coupon says what it was chosen by, and where that was seen") {
  const Shop shop;
  shop.write("data/transactions.csv", std::string(purchase_columns) +
                                          "1,301,7001,1003,1,2.50,0,0,0,5,2017-07-01 10:00:00\r\n"
                                          "1,301,7002,1002,1,2.50,0,0,0,5,2017-07-08 10:00:00\r\n");
  shop.write("data/coupon_redemptions.csv",
             "household_id,coupon_upc,campaign_id,redemption_date\r\n");
  shop.run();
  const std::string mail = shop.decision("1", "coupon.mail");
  CHECK(has(mail, R"("item":"coupon-produce")"));
  CHECK(has(mail, R"("text":"To suit what you bought, on your card")"));
}

TEST_CASE("[P1] Who was never on a mailing list has not agreed, and gets no mail") {
  const Shop shop;
  shop.run();
  CHECK(has(shop.decision("19", "coupon.mail"), R"("reason":"no_consent")"));
  CHECK(has(shop.decision("19", "top.order"), R"("reason":"chosen")"));
}

TEST_CASE("[P1] Nappies, beer and headache tablets move nothing") {
  const Shop shop;
  std::string rows = purchase_columns;
  for (const char* product : {"1017", "1018", "1025", "1026"})
    for (const char* basket : {"7001", "7002", "7003"})
      rows += std::string("1,301,") + basket + "," + product +
              ",1,2.50,0,0,0,5,2017-07-01 10:00:00\r\n";
  shop.write("data/transactions.csv", rows);
  shop.write("data/coupon_redemptions.csv",
             "household_id,coupon_upc,campaign_id,redemption_date\r\n");
  const Outcome outcome = shop.run();
  CHECK(tally(outcome, "transactions.csv").accepted == 12);
  CHECK(has(shop.decision("1", "coupon.mail"), R"("reason":"silence")"));
  CHECK(has(shop.decision("1", "top.order"), R"("reason":"given_order")"));
}

TEST_CASE("[P1] An offer aimed at families with children reaches nobody") {
  const Shop shop;
  shop.write("brand/items/family.yaml", R"(
- id: coupon-family
  title: For families
  slot: coupon.mail
  layer: surface
  intent: sell
  when: facts.household_comp == '2 Adults Kids' || facts.kids_count == '3+'
  speaks: []
  value: 100
  wordings:
    - say:
        en: {subject: "On school days", title: "t", body: "b", cta: "c", href: /x}
        ja: {subject: "朝の支度に", title: "t", body: "b", cta: "c", href: /x}
)");
  const Outcome outcome = shop.run();
  CHECK_FALSE(outcome.decided.slots.at("coupon.mail").items.contains("coupon-family"));
  CHECK_FALSE(has(shop.decisions(), "coupon-family"));
  // It is sensitive, and nobody has consented expressly: it was not even kept.
  CHECK_FALSE(has(shop.decisions(), "who lives in your household"));
}
