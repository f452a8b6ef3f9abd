// What people choose from, in both languages; the ids are the values of demo/tsumugi/facts.yaml.
export const jobNames = { 'general-affairs': ['総務', 'General affairs'], sales: ['営業', 'Sales'],
  marketing: ['マーケティング', 'Marketing'], engineering: ['技術', 'Engineering'],
  other: ['そのほか', 'Something else'] }
export const issues = { choosing: ['どれを選べばよいかわからない', 'I don’t know which to choose'],
  brewing: ['家でうまく淹れられない', 'It does not taste right at home'],
  time: ['時間も道具もない', 'No time, no tools'], gift: ['贈り物に迷っている', 'I need a gift'] }
export const interests = { light: ['浅煎り', 'Light roast'], dark: ['深煎り', 'Dark roast'],
  decaf: ['カフェインレス', 'Decaf'], tools: ['道具と淹れ方', 'Tools and brewing'],
  farms: ['産地の話', 'Where it grows'] }
export const industries = { it: ['IT・通信', 'IT'], maker: ['製造', 'Manufacturing'],
  service: ['サービス・小売', 'Services, retail'], care: ['医療・福祉', 'Health care'],
  public: ['教育・公共', 'Education, public'], other: ['そのほか', 'Something else'] }
export const worries = { power: ['電源', 'Power'], space: ['置き場所', 'Space'],
  cleaning: ['お手入れ', 'Cleaning'], cost: ['費用', 'Costs'] }
export const grindNames = { beans: ['豆のまま', 'Whole beans'], coarse: ['粗挽き', 'Coarse'],
  medium: ['中挽き', 'Medium'], fine: ['細挽き', 'Fine'] }
