// The texts of applications that came from one network within an hour.

export const burstsTexts = {
  title: "Network",
  tag: (count) => `1 of ${count} from one network`,
  burst: (count) => `One of ${count} applications from one network within an hour.`,
  hint: "Universities, offices and families share a network, so this alone means nothing.",
  filter: "Many from one network",
};
