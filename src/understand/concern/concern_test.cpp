#include "understand/concern/concern.h"

#include <doctest/doctest.h>

#include <array>
#include <cmath>
#include <cstdlib>
#include <map>

#include "understand/concern/certainty.h"
#include "understand/concern/mixing.h"
#include "understand/concern/reading.h"
#include "understand/concern/vocabulary.h"

namespace aizuchi::understand {

namespace {

// Messages of a shop, made of a way to begin, what it is about and a way to end.
std::vector<Example> inquiries(size_t each, size_t from = 0) {
  const std::array<std::pair<const char*, std::array<const char*, 4>>, 4> worries = {{
      {"delivery",
       {"荷物がまだ届きません", "配送の予定日", "where is my parcel", "my delivery is late"}},
      {"returns", {"返品したいです", "交換の方法", "send it back", "i want to return these beans"}},
      {"allergy",
       {"ナッツのアレルギー", "小麦は入っていますか", "is there any milk in it", "nut allergy"}},
      {"billing",
       {"請求書が二重です", "カードで払えません", "i was charged twice", "the card payment"}},
  }};
  const std::array<const char*, 6> ends = {
      "。よろしくお願いします", "、教えてください", "?", " please", " – can you help", " とのこと"};
  std::vector<Example> out;
  for (const auto& [concern, says] : worries)
    for (size_t i = from; i < from + each; ++i)
      out.push_back({.text = std::string(i % 3 == 0   ? "すみません、"
                                         : i % 3 == 1 ? "Hello, "
                                                      : "") +
                             says[i % says.size()] + ends[(i / 4) % ends.size()] + " #" +
                             std::to_string(i),
                     .concern = concern});
  return out;
}
std::vector<Example> small_talk() {
  std::vector<Example> out;
  for (const char* text : {"今日はいい天気ですね",   "お店の雰囲気が好きです",
                           "what a lovely day",      "see you next week",
                           "採用について伺いたい",   "取材のお願い",
                           "can we work together",   "lottery winner click here",
                           "電話番号を教えて",       "ロゴの由来は",
                           "who designed your logo", "is the owner in today",
                           "新年のご挨拶",           "駅からの道順",
                           "do you have parking",    "how old is the company",
                           "同窓会の幹事です",       "自由研究で調べています",
                           "are you hiring",         "your music is too loud",
                           "犬を連れて行けますか",   "写真を撮ってもいいですか"})
    out.push_back({.text = text, .concern = ""});
  return out;
}

TEST_CASE("[P7] what a message is about is heard in Japanese without blanks and in English") {
  const ConcernModel model = ConcernModel::learn(inquiries(24), 1);
  CHECK(model.concerns() == std::vector<std::string>{"allergy", "billing", "delivery", "returns"});
  CHECK(model.hear("先週頼んだ荷物が届かないのですが").concern == "delivery");
  CHECK(model.hear("小麦アレルギーなのですが大丈夫でしょうか").concern == "allergy");
  CHECK(model.hear("How do I return these?").concern == "returns");
  CHECK(model.hear("I was charged two times on my card!").concern == "billing");
  // Full-width letters and capitals are the same letters.
  CHECK(model.hear("ＷＨＥＲＥ ＩＳ ＭＹ ＰＡＲＣＥＬ").concern == "delivery");
  const Heard heard = model.hear("my delivery is late, where is my parcel");
  CHECK(heard.known);
  CHECK(heard.probability > 0.8);
  CHECK(heard.probability <= 1);
}

TEST_CASE("[P7] what is none of the concerns is not taken for one") {
  std::vector<Example> examples = inquiries(24);
  const std::vector<Example> none = small_talk();
  examples.insert(examples.end(), none.begin(), none.end());
  const ConcernModel model = ConcernModel::learn(examples, 1);
  CHECK(model.making().of_none == none.size());
  CHECK_FALSE(model.hear("ロゴの由来について").known);
  CHECK_FALSE(model.hear("are you hiring designers").known);
  CHECK(model.hear("荷物がまだ届きません").known);
  // Without any such examples, what shares no words with the others is unknown still.
  const ConcernModel other = ConcernModel::learn(inquiries(24), 1);
  CHECK_FALSE(other.hear("zxqv kjw").known);
  CHECK_FALSE(other.hear("").known);
  CHECK_FALSE(other.hear("!?…").known);
  CHECK(other.hear("!?…").concern.empty());
}

TEST_CASE("the same examples and seed make the same model; one concern alone is never known") {
  const auto examples = inquiries(12);
  const ConcernModel a = ConcernModel::learn(examples, 7), b = ConcernModel::learn(examples, 7);
  for (const char* text : {"配送の予定日", "nut allergy", "なにか"}) {
    CHECK(a.hear(text).probability == b.hear(text).probability);
    CHECK(a.hear(text).known == b.hear(text).known);
  }
  const std::vector<Example> one = {{.text = "a b c", .concern = "x"},
                                    {.text = "b", .concern = "x"}};
  CHECK_FALSE(ConcernModel::learn(one, 1).hear("a b c").known);
  CHECK_FALSE(ConcernModel::learn({}, 1).hear("a b c").known);
  // A single example each is little, and is enough to run.
  const std::vector<Example> few = {{.text = "late parcel", .concern = "x"},
                                    {.text = "wrong invoice", .concern = "y"},
                                    {.text = "苦すぎる豆", .concern = "z"}};
  CHECK(ConcernModel::learn(few, 1).hear("the late parcel").concern == "x");
}

TEST_CASE("broken bytes and endless messages are read without harm") {
  const ConcernModel model = ConcernModel::learn(inquiries(12), 1);
  CHECK_FALSE(model.hear("\xff\xfe\x80").known);
  std::string endless;
  for (int i = 0; i < 20000; ++i) endless += "荷物 parcel ";
  CHECK(model.hear(endless).concern == "delivery");
}

TEST_CASE("pieces are runs of characters without blanks, words and their letters with them") {
  CHECK(pieces_of("茶豆").size() == 2 + 3 + 2);  // each; pairs with the edges; threes
  // "ab cd": runs in words with their edges, 2 words, 1 pair.
  CHECK(pieces_of("ab cd").size() == (6 + 4 + 2) + 3);
  CHECK(pieces_of("Ab-CD") == pieces_of("ab cd"));
  CHECK(pieces_of("ﾃｽﾄ") == pieces_of("テスト"));
  CHECK(pieces_of("").empty());
  CHECK(pieces_of("…").empty());
}

TEST_CASE("the language of a message is told by its letters, and not guessed") {
  CHECK(language_of("荷物が届きません") == "ja");
  CHECK(language_of("PayPayは使えますか") == "ja");
  CHECK(language_of("返品希望") == "ja");
  CHECK(language_of("Where is my order?") == "en");
  CHECK(language_of("주문이 아직 안 왔어요") == "ko");
  CHECK(language_of("Wo ist meine Bestellung, und wie kann ich sie ändern?").empty());
  CHECK(language_of("¿Dónde está mi pedido? No lo veo por ningún lado").empty());
  CHECK(language_of("Где мой заказ").empty());
  CHECK(language_of("123 456").empty());
}

TEST_CASE("a row is its pieces by what they tell, letters and words each of the same weight") {
  const std::vector<std::string> says = {"ab ab cd", "cd", "茶"};
  std::vector<Text> texts;
  std::vector<const Text*> given;
  for (const std::string& one : says) texts.push_back(counted(one));
  for (const Text& text : texts) given.push_back(&text);
  const std::vector<uint32_t> classes = {0, 1, no_class};
  const Weights weights(given, classes, 2, 1000);
  // By the definition, once more: sqrt(KL), two texts of no news added; 1 + ln(times).
  const auto telling = [](std::array<double, 2> with) {
    const double n = with[0] + with[1];
    double told = 0;
    for (const double k : with)
      if (k > 0) told += k / (n + 2) * std::log((k + 1) / ((n + 2) / 2));
    return std::sqrt(std::max(told, 0.01));
  };
  std::map<uint64_t, std::array<double, 2>> with;
  for (size_t i = 0; i < 2; ++i)
    for (const Counted& one : texts[i]) with[one.piece.name][i] += 1;
  std::array<double, 2> squares{};
  std::map<double, int> expected;
  for (const Counted& one : texts[0]) {
    const double value =
        (1 + std::log(static_cast<double>(one.times))) * telling(with[one.piece.name]);
    squares[one.piece.kind] += value * value;
  }
  double total = 0;
  const Row row = weights.row(texts[0]);
  REQUIRE(row.features.size() == texts[0].size());
  for (size_t j = 0; j < texts[0].size(); ++j) {
    const Counted& one = texts[0][j];
    const double value =
        (1 + std::log(static_cast<double>(one.times))) * telling(with[one.piece.name]);
    CHECK(static_cast<double>(row.values[j]) ==
          doctest::Approx(value / std::sqrt(squares[one.piece.kind] * 2)).epsilon(1e-5));
    total += static_cast<double>(row.values[j]) * static_cast<double>(row.values[j]);
  }
  CHECK(total == doctest::Approx(1));
  CHECK(weights.covered(texts[0]) == 1);
  CHECK(weights.covered(counted("zz")) == 0);
}

TEST_CASE("margins are the minimum of their objective: no step aside is lower") {
  std::vector<Row> rows;
  std::vector<uint32_t> classes;
  for (uint32_t i = 0; i < 60; ++i) {
    rows.push_back({.features = {i % 3, 3 + i % 5}, .values = {0.8F, 0.6F}});
    classes.push_back(i % 7 == 0 ? no_class : (i % 3 + (i % 11 == 0 ? 1 : 0)) % 3);
  }
  std::vector<const Row*> given;
  for (const Row& row : rows) given.push_back(&row);
  const Lesson lesson{.rows = given, .classes = classes, .class_count = 3, .feature_count = 8};
  const float cost = 0.6F;
  Linear found = learn_margins(lesson, cost);
  const auto objective = [&](const Linear& linear) {
    double out = 0;
    for (const float w : linear.weights) out += static_cast<double>(w * w) / 2;
    for (const float b : linear.bias) out += static_cast<double>(b * b) / 2;
    std::vector<float> scores(3);
    for (size_t i = 0; i < rows.size(); ++i) {
      linear.score(rows[i], scores);
      for (size_t k = 0; k < 3; ++k) {
        const float miss = std::max(0.0F, 1 - (classes[i] == k ? scores[k] : -scores[k]));
        out += static_cast<double>(cost * miss * miss);
      }
    }
    return out;
  };
  const double least = objective(found);
  for (float* w : {&found.weights[0], &found.weights[10], &found.weights[23], &found.bias[1]})
    for (const float aside : {-0.1F, 0.1F}) {
      *w += aside;
      CHECK(objective(found) > least);
      *w -= aside;
    }
}

TEST_CASE("a mixing learns what two features say together, which no sum of them can") {
  // A and B each speak of the one, both and neither of the other; three features each, and C is in
  // all of them.
  const auto row_of = [](bool a, bool b) {
    Row out;
    for (uint32_t k = 0; k < 9; ++k) {
      if ((k < 3 && !a) || (k >= 3 && k < 6 && !b)) continue;
      out.features.push_back(k), out.values.push_back(0.35F);
    }
    return out;
  };
  std::vector<Row> rows;
  std::vector<uint32_t> classes;
  for (uint32_t i = 0; i < 400; ++i) {
    rows.push_back(row_of((i & 1) != 0, (i & 2) != 0));
    classes.push_back((i & 1) != (i >> 1 & 1) ? 1 : 0);
  }
  std::vector<const Row*> given;
  for (const Row& row : rows) given.push_back(&row);
  const Lesson lesson{.rows = given, .classes = classes, .class_count = 2, .feature_count = 9};
  const Mixing mixing = learn_mixing(lesson);
  const Linear margins = learn_margins(lesson, 1);
  size_t by_mixing = 0, by_margins = 0;
  std::array<float, 2> scores{};
  for (size_t i = 0; i < 4; ++i) {
    margins.score(rows[i], scores);
    by_margins += (scores[1] > scores[0]) == (classes[i] == 1) ? 1 : 0;
    mixing.score(rows[i], scores);
    by_mixing += (scores[1] > scores[0]) == (classes[i] == 1) ? 1 : 0;
    CHECK(std::exp(scores[0]) + std::exp(scores[1]) == doctest::Approx(1));
  }
  CHECK(by_mixing == 4);
  CHECK(by_margins < 4);
  CHECK(learn_mixing(lesson).weights == mixing.weights);
}

TEST_CASE("probabilities that are too sure are put straight, and the error says how far off") {
  std::vector<Judged> judged;
  for (int i = 0; i < 1000; ++i) judged.push_back({.probability = 0.95, .right = i % 10 < 7});
  for (int i = 0; i < 1000; ++i) judged.push_back({.probability = 0.6, .right = i % 10 < 5});
  CHECK(calibration_error(judged) == doctest::Approx((0.25 + 0.1) / 2));
  const Honesty honesty = learn_honesty(judged);
  CHECK(honesty(0.95) == doctest::Approx(0.7).epsilon(0.02));
  CHECK(honesty(0.6) == doctest::Approx(0.5).epsilon(0.02));
  CHECK(calibration_error({}) == 0);
  // Scores of ±1 that are right three times in four: the likeliest sharpness is ln 3 / 2.
  std::vector<float> scores;
  std::vector<uint32_t> truth;
  for (int i = 0; i < 4000; ++i) {
    scores.insert(scores.end(), {1, -1});
    truth.push_back(i % 4 == 0 ? 1 : 0);
  }
  CHECK(sharpest(scores, truth, 2).value == doctest::Approx(std::log(3.0) / 2).epsilon(0.01));
}

}  // namespace

}  // namespace aizuchi::understand
